#include "tests/faults/balanced_load.hpp"

#include <nlohmann/json.hpp>

namespace esteira::faults {
namespace {

constexpr int kLanes = 6;
constexpr std::chrono::milliseconds kLanePace{80};

}  // namespace

BalancedLoad::BalancedLoad(const Balancer& balancer) : balancer_(balancer) {
  threads_.reserve(kLanes);
  for (int i = 0; i < kLanes; ++i) threads_.emplace_back([this, i] { run("lane-" + std::to_string(i)); });
}

void BalancedLoad::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void BalancedLoad::run(const std::string& client) {
  BalancedLane lane(balancer_);
  for (int i = 1; !stopping_; ++i) {
    const auto key = client + "-" + std::to_string(i);
    log_.answer(key, place(lane, key));
    std::this_thread::sleep_for(kLanePace);
  }
}

Answer BalancedLoad::place(BalancedLane& lane, const std::string& key) {
  const std::vector<Item> items{{"ABC", 2}};
  log_.place(key, items);
  try {
    const auto told = lane.post(key, order_body(key, items));
    if (told.status != 202) {
      complain("key " + key + ": answered " + std::to_string(told.status) + " " + told.body);
      return {told.status, ""};
    }
    ++accepted_;
    return {202, nlohmann::json::parse(told.body).at("order_id")};
  } catch (const std::exception& error) {
    complain("key " + key + ": " + error.what());
    return {0, ""};
  }
}

void BalancedLoad::complain(const std::string& what) {
  const std::lock_guard lock(mutex_);
  complaints_.push_back(what);
}

}  // namespace esteira::faults
