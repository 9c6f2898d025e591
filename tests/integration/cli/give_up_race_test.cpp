// Give-ups beside other give-ups, redrives, purges, refunds and cancellations of the same order: one wins.
#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <pqxx/pqxx>
#include <thread>

#include "tests/integration/cli/give_up_fixture.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::runtime::orders::give_up_dead_letter;
using esteira::runtime::orders::RedriveResult;
using esteira::test::GiveUpFixture;
using esteira::test::kShipmentRefused;
using esteira::test::OrderSession;
using esteira::test::request_cancellation;
using esteira::test::wait_until;
using Kind = esteira::runtime::orders::GiveUpResult::Kind;

namespace {

/// Holds the locks on all orders.
class OrderLocks {
 public:
  explicit OrderLocks(GiveUpFixture& fixture)
      : database_(fixture.database()), connection_(database_.url()), work_(connection_) {
    work_.exec("select from orders for update");
  }
  /// Waits until so many sessions wait for the locks.
  bool block(int sessions) {
    return wait_until([&] {
      return database_.value(
                 "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = "
                 "'Lock'") == std::to_string(sessions);
    });
  }
  void execute(const std::string& sql) { work_.exec(sql); }
  void release() { work_.commit(); }

 private:
  esteira::test::TestDatabase& database_;
  pqxx::connection connection_;
  pqxx::work work_;
};

const std::vector<std::string> give_up_command{"dlq", "give-up", "--yes"};
const std::vector<std::string> redrive_command{"dlq", "redrive", "--yes"};

}  // namespace

TEST_CASE_METHOD(GiveUpFixture, "of concurrent give-ups of one dead letter one succeeds") {
  const auto give_up = give_up_of(unshipped());
  std::vector<Kind> kinds(4);
  std::vector<std::thread> operators;
  operators.reserve(kinds.size());
  for (auto& kind : kinds) {
    operators.emplace_back([&] {
      OrderSession operator_session(database());
      kind = give_up_dead_letter(operator_session, give_up).kind;
    });
  }
  for (auto& thread : operators) thread.join();
  CHECK(std::ranges::count(kinds, Kind::given_up) == 1);
  CHECK(std::ranges::count(kinds, Kind::already) == 3);
  CHECK(outbox() == exchange() + "|" + kShipmentRefused + "|0");
  CHECK(timeline_of("shipping") == "failed shipment.refused");
}

TEST_CASE_METHOD(GiveUpFixture, "of concurrent give-ups and redrives of many orders one wins each order") {
  constexpr int kOrders = 20;
  std::vector<std::string> ids(kOrders);
  std::ranges::generate(ids, [&] { return unshipped(); });
  auto give_ups = std::async(std::launch::async, [&] {
    OrderSession operator_session(database());
    std::vector<bool> won;
    won.reserve(ids.size());
    for (const auto& id : ids) {
      won.push_back(give_up_dead_letter(operator_session, give_up_of(id)).kind == Kind::given_up);
    }
    return won;
  });
  OrderSession operator_session(database());
  std::vector<bool> redriven;
  redriven.reserve(ids.size());
  for (const auto& id : ids) {
    redriven.push_back(redrive_dead_letter(operator_session, letter_of(id, "shipping")) == RedriveResult::redriven);
  }
  const auto given_up = give_ups.get();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(redriven[i] != given_up[i]);
    CHECK(status(ids[i]) == (redriven[i] ? "processing" : "failed"));
  }
  CHECK(database().value("select count(*) from outbox") == std::to_string(kOrders));
}

TEST_CASE_METHOD(GiveUpFixture, "of two operators who give one order up at once the second is told") {
  const auto id = unshipped();
  OrderLocks locks(*this);
  const auto first = start_cli(give_up_command);
  REQUIRE(locks.block(1));
  const auto second = start_cli(give_up_command);
  REQUIRE(locks.block(2));
  locks.release();
  CHECK(first->wait() == 0);
  CHECK(second->wait() == 0);
  const auto told = "order " + id + " was given up already";
  CAPTURE(first->output(), second->output());
  CHECK((first->output().find(told) != std::string::npos) != (second->output().find(told) != std::string::npos));
  CHECK(broker().count(queue("refund")) == 1);
  CHECK(outbox().empty());
}

TEST_CASE_METHOD(GiveUpFixture, "of a give-up beside a redrive one wins, and the operator of the other is told") {
  const auto id = unshipped();
  const bool is_redrive_first = GENERATE(true, false);
  OrderLocks locks(*this);
  const auto first = start_cli(is_redrive_first ? redrive_command : give_up_command);
  REQUIRE(locks.block(1));
  const auto second = start_cli(is_redrive_first ? give_up_command : redrive_command);
  REQUIRE(locks.block(2));
  locks.release();
  const auto first_code = first->wait();
  const auto second_code = second->wait();
  const bool is_redriven = database().value("select redrives from orders") == "1";
  const auto& redrive = is_redrive_first ? first : second;
  const auto& give_up = is_redrive_first ? second : first;
  CAPTURE(redrive->output(), give_up->output());
  CHECK((is_redrive_first ? first_code : second_code) == (is_redriven ? 0 : 1));
  CHECK((is_redrive_first ? second_code : first_code) == (is_redriven ? 1 : 0));
  if (is_redriven) {
    CHECK_THAT(give_up->output(), Contains("order " + id + " was redriven meanwhile"));
  } else {
    CHECK_THAT(redrive->output(), Contains("order " + id + " was given up at the stage shipping: it is not redriven"));
  }
  CHECK(status(id) == (is_redriven ? "processing" : "failed"));
  CHECK(broker().count(queue("shipping")) == (is_redriven ? 1 : 0));
  CHECK(broker().count(queue("refund")) == (is_redriven ? 0 : 1));
}

TEST_CASE_METHOD(GiveUpFixture, "a request to cancel that waits for a give-up is refused") {
  const auto id = unshipped();
  OrderLocks locks(*this);
  auto given_up = std::async(std::launch::async, [&] {
    OrderSession operator_session(database());
    return give_up_dead_letter(operator_session, give_up_of(id)).kind;
  });
  REQUIRE(locks.block(1));
  auto cancelled = std::async(std::launch::async, [&] {
    OrderSession client(database());
    return request_cancellation(client, id).status;
  });
  REQUIRE(locks.block(2));
  locks.release();
  CHECK(given_up.get() == Kind::given_up);
  CHECK(cancelled.get() == esteira::runtime::orders::CancelAnswer::Status::refused);
  CHECK(status(id) == "failed");
  CHECK(audit_finds().empty());
}

TEST_CASE_METHOD(GiveUpFixture, "a give-up beside the result of a late copy: one of them is the stage's result") {
  const auto id = paid();
  OrderLocks locks(*this);
  auto given_up = std::async(std::launch::async, [&] {
    OrderSession operator_session(database());
    return give_up_dead_letter(operator_session, give_up_of(id)).kind;
  });
  REQUIRE(locks.block(1));
  locks.execute(
      "insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, routing_key, status)"
      " values ('" +
      id + "', 'shipping', 0, 'result', 'done', 1, 'shipment.requested', 'shipped')");
  locks.execute("update orders set status = 'shipped'");
  locks.release();
  CHECK(given_up.get() == Kind::moved_on);
  CHECK(status(id) == "shipped");
  CHECK(outbox().empty());
}

TEST_CASE_METHOD(GiveUpFixture,
                 "a redrive of the payment that waits while the order is refused and refunded is refused") {
  const auto id = place();
  fail(id, "payment", "time out");
  const auto listed = letter_of(id, "payment");
  OrderLocks locks(*this);
  const auto redrive = start_cli(redrive_command);
  REQUIRE(locks.block(1));
  const auto insert =
      "insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, routing_key,"
      " status, detail) values ('" +
      id + "', ";
  locks.execute(insert + "'fraud', 0, 'result', 'failed', 1, 'fraud.found', 'failed', 'fraud')");
  locks.execute(insert + "'refund', 0, 'result', 'done', 1, 'refund.completed', null, null)");
  locks.release();
  CHECK(redrive->wait() == 1);
  CHECK_THAT(redrive->output(), Contains("order " + id + " was refused by the stage fraud: it is not redriven"));
  CHECK(redrive_dead_letter(session(), listed) == RedriveResult::order_ended);
  CHECK(broker().count(queue("shipping")) == 0);
  CHECK(outbox().empty());
}
