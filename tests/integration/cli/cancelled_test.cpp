// Orders that were cancelled on request.
#include <catch2/catch.hpp>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/operations/dead_letter_messages.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

using esteira::runtime::orders::CancelAnswer;
using esteira::runtime::orders::DeadLetterState;
using esteira::runtime::orders::read_states;
using esteira::runtime::orders::RedriveResult;
using esteira::test::CliFixture;
using esteira::test::record_one;

namespace {

/// Payment charges, enrich follows.
struct CancelledFixture : CliFixture {
  CancelledFixture() {
    add_stage("process", {"order.created"}, "payment.requested");
    add_stage("payment", {"payment.requested"}, "order.enrichment.requested");
    add_stage("enrich", {"order.enrichment.requested"}, "order.enriched");
    add_stage("finalize", {"order.enriched"}, "order.completed");
  }

  void add_stage(const std::string& stage, const std::vector<std::string>& consumes, const std::string& publishes) {
    esteira::runtime::orders::register_stage(session(),
                                             {exchange(), stage, consumes, {}, stage, "1", publishes, "", ""});
  }
  void add_refund() { add_stage("refund", {"order.cancelled"}, "refund.completed"); }

  void request(const std::string& id) {
    REQUIRE(esteira::test::request_cancellation(session(), id).status == CancelAnswer::Status::accepted);
  }
  /// Cancelled by its first stage: nothing was paid.
  std::string cancelled() {
    auto id = place();
    request(id);
    done(id, "process", "processing", "payment.requested");
    return id;
  }
  /// Cancelled by the stage that charged.
  std::string cancelled_when_paid() {
    auto id = place();
    done(id, "process", "processing", "payment.requested");
    request(id);
    done(id, "payment", "paid", "order.enrichment.requested", R"({"charge":"c-1"})");
    return id;
  }
  std::string with_dead_letter_of_refund() {
    auto id = cancelled_when_paid();
    fail(id, "refund", "the bank is away (attempt 4, the last)");
    return id;
  }
  bool is_clean() {
    const auto report = audit();
    CAPTURE(report.dump());
    CHECK(report.at("clean") == true);
    return report.at("clean") == true;
  }
};

std::string first_check(const nlohmann::json& report) { return report.at("findings").at(0).at("check"); }

}  // namespace

TEST_CASE_METHOD(CancelledFixture, "the audit is clean while an order is to be cancelled and when it is cancelled") {
  age(cancelled());
  const auto open = place();
  request(open);
  const auto report = audit({"--grace-period", "60s"});
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
  CHECK(report.at("orders").at("cancelled") == 1);
}

TEST_CASE_METHOD(CancelledFixture, "an order with an open request and no message is found lost, and repair sends it") {
  const auto id = place();
  done(id, "process", "processing", "payment.requested");
  request(id);
  age(id);
  const auto report = audit({"--repair"});
  CHECK(first_check(report) == "lost_message");
  CHECK(outbox() == exchange() + "|payment.requested|0");
}

TEST_CASE_METHOD(CancelledFixture,
                 "no event of a cancelled order is repaired when nothing was paid and no stage waits") {
  age(cancelled());
  CHECK(audit({"--repair"}).at("repaired") == 0);
  CHECK(outbox().empty());
}

TEST_CASE_METHOD(CancelledFixture, "the audit finds a lost event of a cancellation, and repair sends it again") {
  std::string id;
  std::string data;
  std::string check = "lost_message";
  SECTION("of a paid order") {
    id = cancelled_when_paid();
    check = "compensation_owed";
    data = R"({"charge": "c-1"})";
  }
  SECTION("that a stage consumes") {
    add_refund();
    id = cancelled();
  }
  age(id);
  const auto report = audit({"--repair"});
  CAPTURE(report.dump());
  REQUIRE(report.at("findings").size() == 1);
  CHECK(first_check(report) == check);
  CHECK_THAT(report.at("findings").at(0).at("orders").at(0).at("detail").get<std::string>(),
             Catch::Contains("was cancelled"));
  CHECK(report.at("repaired") == 1);
  CHECK(outbox() == exchange() + "|order.cancelled|0");
  const auto message = esteira::runtime::orders::read_envelope(database().value("select body from outbox"));
  if (!data.empty()) CHECK(message.data.at("payment") == data);
  CHECK(audit({"--repair"}).at("repaired") == 0);
}

TEST_CASE_METHOD(CancelledFixture, "a cancellation that a stage has answered is clean, and is pruned") {
  add_refund();
  const auto id = cancelled_when_paid();
  age(id);
  const auto prune = [&] {
    const auto ended = cli({"prune", "--older-than", "30m", "--json"});
    return nlohmann::json::parse(ended.output).at("orders").get<int>();
  };
  CHECK(prune() == 0);
  done(id, "refund", "", "");
  age(id);
  is_clean();
  CHECK(prune() == 1);
  is_clean();
}

TEST_CASE_METHOD(CancelledFixture, "an order that was cancelled unpaid is pruned without an answer") {
  const auto id = cancelled();
  age(id);
  CHECK(nlohmann::json::parse(cli({"prune", "--older-than", "30m", "--json"}).output).at("orders") == 1);
}

TEST_CASE_METHOD(CancelledFixture, "the audit finds each error in the tables about cancellations") {
  const auto [error, check] = GENERATE(table<std::string, std::string>({
      {"delete from order_events where outcome = 'cancel_requested'", "cancelled_on_request"},
      {"update order_events set routing_key = 'payment.requested' where stage = 'process'", "cancelled_by_stage"},
      {"insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, routing_key) "
       "select id, 'enrich', 0, 'result', 'cancelled', 1, 'order.cancelled' from orders",
       "cancelled_by_stage"},
      {"update orders set status = 'processing'", "cancelled_by_stage"},
      {"update orders set status = 'processing'", "cancel_request_open"},
      {"update orders set status = 'completed'", "cancel_request_open"},
      {"update orders set cancel_requested_at = now()", "cancel_request_open"},
      {"update orders set status = 'processing', cancel_requested_at = now(); "
       "delete from order_events where outcome = 'cancel_requested'",
       "cancel_request_open"},
  }));
  cancelled();
  REQUIRE(audit_finds().empty());
  database().execute(error);
  CHECK(audit_finds().count(check) == 1);
}

TEST_CASE_METHOD(CancelledFixture,
                 "a dead letter of a cancelled order is listed, and its redrive leaves it cancelled") {
  add_refund();
  const auto id = with_dead_letter_of_refund();
  CHECK(status(id) == "cancelled");
  CHECK(cli({"dlq", "list", "--json"}).output.find(id) != std::string::npos);
  CHECK(read_states(session(), {{id, "refund", 0}}).at(0) == DeadLetterState::recorded);
  REQUIRE(cli({"dlq", "redrive", "--yes"}).code == 0);
  CHECK(status(id) == "cancelled");
  CHECK(database().value("select failure_reason is null and cancel_requested_at is null from orders") == "t");
  CHECK(outbox() == "|" + queue("refund") + "|1");
  done(id, "refund", "", "", "", 1);
  database().execute("delete from outbox");
  age(id);
  is_clean();
}

TEST_CASE_METHOD(CancelledFixture, "the stage that cancelled an order is not redriven") {
  const auto id = cancelled_when_paid();
  for (const auto* stage : {"payment", "process"}) {
    CHECK(redrive_dead_letter(session(), letter_of(id, stage)) == RedriveResult::stale);
    CHECK(read_states(session(), {{id, stage, 0}}).at(0) == DeadLetterState::stale);
  }
  const auto waited = place();
  request(waited);
  record_one(session(), esteira::test::cancelled_for(waited, "process"));
  CHECK(redrive_dead_letter(session(), letter_of(waited, "process")) == RedriveResult::stale);
  CHECK(read_states(session(), {{waited, "process", 0}}).at(0) == DeadLetterState::stale);
  CHECK(status(waited) == "cancelled");
  const auto ended = cli({"dlq", "redrive", "--order", waited, "--yes"});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Catch::Contains(waited + " is cancelled: it is not redriven"));
}

TEST_CASE_METHOD(CancelledFixture, "a redrive of an order that failed with a request cancels it") {
  const auto id = place();
  request(id);
  fail(id, "process", "no");
  CHECK(status(id) == "failed");
  REQUIRE(redrive_dead_letter(session(), letter_of(id, "process")) == RedriveResult::redriven);
  CHECK(status(id) == "processing");
  CHECK(database().value("select cancel_requested_at is not null from orders") == "t");
  done(id, "process", "processing", "payment.requested", "", 1);
  CHECK(status(id) == "cancelled");
  database().execute("delete from outbox");
  age(id);
  is_clean();
}

TEST_CASE_METHOD(CancelledFixture, "a purge closes the request of the order that it fails") {
  const auto id = place();
  request(id);
  CHECK(purge_dead_letter(session(), letter_of(id, "process")));
  CHECK(status(id) == "failed");
  CHECK(database().value("select cancel_requested_at is null from orders") == "t");
  age(id);
  is_clean();
}
