#include "tests/faults/load.hpp"

#include "tests/support/wait.hpp"

namespace esteira::faults {
namespace {

constexpr int kClients = 10;
constexpr int kAnsweredOrders = 20;

}  // namespace

Load::Load(const Deployment& deployment, std::uint64_t seed) {
  clients_.reserve(kClients);
  threads_.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    clients_.emplace_back(deployment, "client-" + std::to_string(i), seed + static_cast<std::uint64_t>(i), recorder_);
  }
  running_ = kClients;
  for (auto& client : clients_) {
    threads_.emplace_back([this, &client] {
      client.run(stopping_, aborting_);
      --running_;
    });
  }
}

Load::~Load() { stop(std::chrono::seconds(0)); }

void Load::stop(std::chrono::seconds timeout) {
  stopping_ = true;
  test::wait_until([this] { return running_ == 0; }, timeout);
  aborting_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Load::place_answered() {
  for (int i = 0; i < kAnsweredOrders; ++i) clients_.front().place_answered();
}

}  // namespace esteira::faults
