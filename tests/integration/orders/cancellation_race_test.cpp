#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <pqxx/pqxx>
#include <random>

#include "tests/integration/orders/order_fixture.hpp"
#include "tests/support/wait.hpp"

namespace {

using esteira::runtime::orders::CancelAnswer;
using esteira::runtime::orders::RecordedResult;
using esteira::test::OrderSession;
using esteira::test::record_one;
using esteira::test::record_results;
using esteira::test::request_cancellation;
using esteira::test::result_for;
using esteira::test::StageResult;
using Answer = CancelAnswer::Status;

struct CancellationRace {
  esteira::test::TestDatabase database;
  OrderSession session{database};
  std::string order = place_order(session);

  bool becomes_blocked() {
    return esteira::test::wait_until([this] {
      return database.value(
                 "select count(*) from pg_stat_activity where datname = current_database()"
                 " and wait_event_type = 'Lock'") != "0";
    });
  }
  std::string status() { return database.value("select status from orders where id = '" + order + "'"); }
};

/// Holds the lock on all orders until it is destroyed or committed.
class HeldOrders {
 public:
  explicit HeldOrders(const esteira::test::TestDatabase& database) : connection_(database.url()), work_(connection_) {
    work_.exec("select from orders for update");
  }
  void execute(const std::string& sql) { work_.exec(sql); }
  void commit() { work_.commit(); }

 private:
  pqxx::connection connection_;
  pqxx::work work_;
};

StageResult completion(const std::string& order) {
  auto result = result_for(order, "finalize", "completed");
  result.routing_key = "order.completed";
  return result;
}

}  // namespace

TEST_CASE_METHOD(CancellationRace, "a result that began before the request and waits for the order sees the request") {
  HeldOrders held(database);
  auto recorded = std::async(std::launch::async, [this] {
    OrderSession host(database);
    return record_one(host, completion(order));
  });
  REQUIRE(becomes_blocked());
  held.execute("update orders set cancel_requested_at = now()");
  held.commit();
  const auto result = recorded.get();
  REQUIRE(result.terminal_result);
  CHECK(result.terminal_result->routing_key == "order.cancelled");
  CHECK_FALSE(result.order_seconds);
  CHECK(status() == "cancelled");
  CHECK(database.value("select count(*) from order_events where routing_key = 'order.cancelled'") == "1");
}

TEST_CASE_METHOD(CancellationRace, "a request that began before the order was completed is refused") {
  HeldOrders held(database);
  auto answer = std::async(std::launch::async, [this] {
    OrderSession api(database);
    return request_cancellation(api, order);
  });
  REQUIRE(becomes_blocked());
  held.execute("update orders set status = 'completed', updated_at = now()");
  held.commit();
  CHECK(answer.get().status == Answer::refused);
  CHECK(database.value("select count(*) from order_events where outcome = 'cancel_requested'") == "0");
  CHECK(database.value("select count(*) from orders where cancel_requested_at is not null") == "0");
}

TEST_CASE_METHOD(CancellationRace, "a request that waited for another result is accepted and marks the order") {
  HeldOrders held(database);
  auto answer = std::async(std::launch::async, [this] {
    OrderSession api(database);
    return request_cancellation(api, order);
  });
  REQUIRE(becomes_blocked());
  held.execute("update orders set status = 'processing', updated_at = now()");
  held.commit();
  const auto given = answer.get();
  CHECK(given.status == Answer::accepted);
  CHECK(given.order_status == "processing");
  CHECK(record_one(session, completion(order)).terminal_result);
  CHECK(status() == "cancelled");
}

TEST_CASE_METHOD(CancellationRace, "of a request and the completion of an order one wins, whatever comes first") {
  constexpr int kOrders = 300;
  std::vector<std::string> orders;
  orders.reserve(kOrders);
  for (int i = 0; i < kOrders; ++i) orders.push_back(place_order(session));
  auto hosts = std::async(std::launch::async, [&] {
    OrderSession host(database);
    std::mt19937 random(1);
    for (std::size_t begin = 0; begin < orders.size();) {
      const auto end = std::min(orders.size(), begin + 1 + random() % 8);
      std::vector<StageResult> batch;
      for (; begin < end; ++begin) batch.push_back(completion(orders[begin]));
      record_results(host, batch);
    }
  });
  std::vector<Answer> answers;
  answers.reserve(orders.size());
  OrderSession api(database);
  for (const auto& id : orders) answers.push_back(request_cancellation(api, id).status);
  hosts.get();
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const auto ended = database.value("select status from orders where id = '" + orders[i] + "'");
    CHECK(ended == (answers[i] == Answer::accepted ? "cancelled" : "completed"));
  }
  CHECK(database.value("select count(*) from orders where cancel_requested_at is not null") == "0");
}

TEST_CASE_METHOD(CancellationRace, "of concurrent hosts with copies of a message one cancels the order") {
  REQUIRE(request_cancellation(session, order).status == Answer::accepted);
  constexpr int kHosts = 6;
  std::vector<std::future<RecordedResult>> hosts;
  hosts.reserve(kHosts);
  for (int host = 0; host < kHosts; ++host) {
    hosts.push_back(std::async(std::launch::async, [this, host] {
      OrderSession own(database);
      return record_one(own, host % 2 == 0 ? completion(order) : esteira::test::cancelled_for(order, "finalize"));
    }));
  }
  int recorded = 0;
  for (auto& host : hosts) {
    const auto result = host.get();
    recorded += result.status == RecordedResult::Status::recorded ? 1 : 0;
    REQUIRE(result.terminal_result);
    CHECK(result.terminal_result->routing_key == "order.cancelled");
  }
  CHECK(recorded == 1);
  CHECK(status() == "cancelled");
}
