#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <random>

#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::test::OrderSession;
using esteira::test::record_results;
using esteira::test::result_for;
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

std::vector<StageResult> shuffled_results(const std::vector<std::string>& orders, const std::string& stage,
                                          const std::string& status, unsigned seed) {
  std::vector<StageResult> results;
  results.reserve(orders.size());
  for (const auto& order : orders) results.push_back(result_for(order, stage, status));
  std::shuffle(results.begin(), results.end(), std::mt19937(seed));
  return results;
}

}  // namespace

TEST_CASE_METHOD(Race, "concurrent hosts record each result exactly once") {
  std::vector<std::future<long>> hosts;
  hosts.reserve(6);
  for (unsigned host = 0; host < 6; ++host) {
    hosts.push_back(std::async(std::launch::async, [this, host] {
      OrderSession session(database);
      const auto recorded = record_results(session, shuffled_results(orders, "process", "processing", host));
      return static_cast<long>(
          std::ranges::count(recorded, Status::recorded, &esteira::runtime::orders::RecordedResult::status));
    }));
  }
  long applied = 0;
  for (auto& host : hosts) applied += host.get();
  CHECK(applied == kOrders);
  CHECK(database.value("select count(*) from order_events where stage = 'process'") == std::to_string(kOrders));
}

TEST_CASE_METHOD(Race, "concurrent stages leave an order in the furthest status") {
  const std::vector<std::pair<std::string, std::string>> stages = {
      {"process", "processing"}, {"payment", "paid"}, {"shipping", "shipped"}, {"finalize", "completed"}};
  std::vector<std::future<bool>> hosts;
  hosts.reserve(stages.size());
  for (const auto& [stage, status] : stages) {
    hosts.push_back(std::async(std::launch::async, [this, name = stage, next = status] {
      OrderSession session(database);
      bool applied = true;
      for (int redrive = 0; redrive < 10; ++redrive) {
        auto results = shuffled_results(orders, name, next, static_cast<unsigned>(redrive));
        for (auto& result : results) result.redrive = redrive;
        for (const auto& each : record_results(session, results)) applied &= each.status == Status::recorded;
      }
      return applied;
    }));
  }
  for (auto& host : hosts) CHECK(host.get());
  CHECK(database.value("select count(*) from orders where status = 'completed'") == std::to_string(kOrders));
}

TEST_CASE_METHOD(Race, "of concurrent hosts with copies of a message one schedules the next") {
  constexpr int kRounds = 5;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::future<long>> hosts;
    for (unsigned host = 0; host < 6; ++host) {
      hosts.push_back(std::async(std::launch::async, [this, host, round] {
        OrderSession session(database);
        std::vector<StageResult> results;
        for (const auto& order : orders) {
          results.push_back(host % 2 == 0 ? esteira::test::snooze_for(order, "enrich", round, {}, "orders", round + 1)
                                          : esteira::test::scheduled_retry_for(order, "enrich", round + 1, round));
        }
        std::shuffle(results.begin(), results.end(), std::mt19937(host));
        const auto recorded = record_results(session, results);
        return static_cast<long>(
            std::ranges::count(recorded, Status::recorded, &esteira::runtime::orders::RecordedResult::status));
      }));
    }
    long scheduled = 0;
    for (auto& host : hosts) scheduled += host.get();
    CHECK(scheduled == kOrders);
  }
  CHECK(database.value("select count(*) from scheduled_messages") == std::to_string(kOrders * kRounds));
}
