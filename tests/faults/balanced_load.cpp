#include "tests/faults/balanced_load.hpp"

#include <nlohmann/json.hpp>

namespace esteira::faults {
namespace {

constexpr int kClientCount = 6;
constexpr std::chrono::milliseconds kBalancedSendInterval{80};

}  // namespace

BalancedLoad::BalancedLoad(const LoadBalancer& balancer) : balancer_(balancer) {
  threads_.reserve(kClientCount);
  for (int i = 0; i < kClientCount; ++i) threads_.emplace_back([this, i] { run("client-" + std::to_string(i)); });
}

void BalancedLoad::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void BalancedLoad::run(const std::string& name) {
  BalancedClient client(balancer_);
  for (int i = 1; !stopping_; ++i) {
    const auto key = name + "-" + std::to_string(i);
    recorder_.answer(key, place(client, key));
    std::this_thread::sleep_for(kBalancedSendInterval);
  }
}

Answer BalancedLoad::place(BalancedClient& client, const std::string& key) {
  const std::vector<Item> items{{"ABC", 2}};
  recorder_.place(key, items);
  try {
    const auto response = client.post(key, order_body(key, items));
    if (response.status != 202) {
      add_failure("key " + key + ": answered " + std::to_string(response.status) + " " + response.body);
      return {response.status, ""};
    }
    ++accepted_;
    return {202, nlohmann::json::parse(response.body).at("order_id")};
  } catch (const std::exception& error) {
    add_failure("key " + key + ": " + error.what());
    return {0, ""};
  }
}

void BalancedLoad::add_failure(const std::string& failure) {
  const std::lock_guard lock(mutex_);
  failures_.push_back(failure);
}

}  // namespace esteira::faults
