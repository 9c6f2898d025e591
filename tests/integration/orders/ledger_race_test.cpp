#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <random>

#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::test::effect_on;
using esteira::test::OrderSession;
using esteira::test::record_results;
using esteira::test::StageResult;
using Status = esteira::runtime::orders::RecordedResult::Status;

struct Race {
  static constexpr int kOrders = 50;
  esteira::test::TestDatabase database;
  std::vector<std::string> orders = place_orders();

  std::vector<std::string> place_orders() {
    OrderSession session(database);
    std::vector<std::string> ids;
    ids.reserve(kOrders);
    for (int i = 0; i < kOrders; ++i) ids.push_back(place_order(session));
    return ids;
  }
};

std::vector<StageResult> shuffled_effects(const std::vector<std::string>& orders, const std::string& stage,
                                          const std::string& status, unsigned seed) {
  std::vector<StageResult> effects;
  effects.reserve(orders.size());
  for (const auto& order : orders) effects.push_back(effect_on(order, stage, status));
  std::shuffle(effects.begin(), effects.end(), std::mt19937(seed));
  return effects;
}

}  // namespace

TEST_CASE_METHOD(Race, "of hosts that get the same messages at once, one lands each effect") {
  std::vector<std::future<long>> hosts;
  hosts.reserve(6);
  for (unsigned host = 0; host < 6; ++host) {
    hosts.push_back(std::async(std::launch::async, [this, host] {
      OrderSession session(database);
      const auto answers = record_results(session, shuffled_effects(orders, "process", "processing", host));
      return static_cast<long>(
          std::ranges::count(answers, Status::recorded, &esteira::runtime::orders::RecordedResult::status));
    }));
  }
  long applied = 0;
  for (auto& host : hosts) applied += host.get();
  CHECK(applied == kOrders);
  CHECK(database.value("select count(*) from order_events where stage = 'process'") == std::to_string(kOrders));
}

TEST_CASE_METHOD(Race, "of stages that write the same orders at once, the furthest status stands") {
  const std::vector<std::pair<std::string, std::string>> stages = {
      {"process", "processing"}, {"payment", "paid"}, {"shipping", "shipped"}, {"finalize", "completed"}};
  std::vector<std::future<bool>> hosts;
  hosts.reserve(stages.size());
  for (const auto& [stage, status] : stages) {
    hosts.push_back(std::async(std::launch::async, [this, name = stage, next = status] {
      OrderSession session(database);
      bool applied = true;
      for (int redrive = 0; redrive < 10; ++redrive) {
        auto effects = shuffled_effects(orders, name, next, static_cast<unsigned>(redrive));
        for (auto& effect : effects) effect.redrive = redrive;
        for (const auto& answer : record_results(session, effects)) applied &= answer.status == Status::recorded;
      }
      return applied;
    }));
  }
  for (auto& host : hosts) CHECK(host.get());
  CHECK(database.value("select count(*) from orders where status = 'completed'") == std::to_string(kOrders));
}
