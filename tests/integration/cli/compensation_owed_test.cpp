// Orders that were paid and came to nothing, and whose refund is on its way, lost, or given up.
#include <catch2/catch.hpp>

#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "tests/integration/cli/checkout_fixture.hpp"

namespace {

using Catch::Contains;
using esteira::test::CheckoutFixture;
using nlohmann::json;

struct OwedFixture : CheckoutFixture {
  /// The only finding of the audit, which must be this check with this one order.
  std::string owed_detail(const json& report, const std::string& id) {
    CAPTURE(report.dump());
    REQUIRE(report.at("findings").size() == 1);
    const auto& finding = report.at("findings").at(0);
    REQUIRE(finding.at("check") == "compensation_owed");
    CHECK(finding.at("count") == 1);
    REQUIRE(finding.at("orders").size() == 1);
    CHECK(finding.at("orders").at(0).at("order_id") == id);
    return first_detail(finding);
  }
  /// A host of shipping that holds a message.
  void hold_event() {
    esteira::runtime::orders::WorkerHeartbeat heartbeat;
    heartbeat.instance = "6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77";
    heartbeat.exchange = exchange();
    heartbeat.stage = "shipping";
    heartbeat.in_flight = 1;
    report_heartbeat(session(), heartbeat);
  }
};

}  // namespace

TEST_CASE_METHOD(OwedFixture, "the audit finds a refund that is owed and whose message is lost, and repair sends it") {
  const auto is_cancelled = GENERATE(false, true);
  const auto id = is_cancelled ? cancelled() : refused();
  age(id);
  const auto report = audit({"--repair"});
  CHECK_THAT(owed_detail(report, id), Contains(is_cancelled ? "was cancelled" : "was refused") &&
                                          Contains("no stage has a result for the event") &&
                                          Contains("; 21.99 owed, charge c-1"));
  CHECK(report.at("repaired") == 1);
  CHECK(outbox() == exchange() + (is_cancelled ? "|order.cancelled|0" : "|shipment.refused|0"));
  CHECK(audit().at("clean") == true);
  database().execute("delete from outbox");
  CHECK(audit().at("clean") == false);
  refund(id);
  age(id);
  CHECK(audit().at("clean") == true);
}

TEST_CASE_METHOD(OwedFixture, "a refund that is on its way, or whose dead letter waits for a person, is not reported") {
  const auto id = refused();
  SECTION("its message is in the queue of the stage") {
    declare(queue("refund"));
    broker().publish("", queue("refund"), "{}");
  }
  SECTION("its event is in the outbox") {
    database().execute("insert into outbox (order_id, exchange, routing_key, body) values ('" + id +
                       "', 'x', 'y', '')");
  }
  SECTION("its message is scheduled") {
    esteira::test::record_one(session(), esteira::test::snooze_for(id, "refund", 0, std::chrono::hours(1), exchange()));
  }
  SECTION("it has a dead letter") { fail(id, "refund", "the bank is away (attempt 4, the last)"); }
  SECTION("it was redriven") {
    fail(id, "refund", "the bank is away (attempt 4, the last)");
    declare(queue("refund"));
    REQUIRE(cli({"dlq", "redrive", "--yes"}).code == 0);
    REQUIRE(broker().count(queue("refund")) == 1);
  }
  age(id);
  const auto report = audit();
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
  CHECK(report.at("given_up").empty());
}

TEST_CASE_METHOD(OwedFixture, "the audit finds a redrive of a refund that is lost, and repair sends it") {
  const auto id = refused();
  fail(id, "refund", "the bank is away (attempt 4, the last)");
  declare(queue("refund"));
  REQUIRE(cli({"dlq", "redrive", "--yes"}).code == 0);
  broker().purge(queue("refund"));
  age(id);
  CHECK_THAT(owed_detail(audit({"--repair"}), id), Contains("redriven to refund") && Contains("21.99 owed"));
  CHECK(outbox() == "|" + queue("refund") + "|1");
}

TEST_CASE_METHOD(OwedFixture, "an order that is owed its refund and whose event no stage gets is reported") {
  forget("refund");
  const auto id = paid();
  // The first event waits in the host that refused the order. Nobody keeps the other one, which is optional.
  const auto event = GENERATE(std::string("shipment.refused"), std::string("payment.refused"));
  refuse(id, event);
  hold_event();
  age(id);
  CHECK_THAT(owed_detail(audit(), id), Contains("no stage gets the event " + event + " of shipping: start one"));
  CHECK(outbox().empty());
  add_refund({event});
  database().execute("delete from worker_heartbeats");
  CHECK_THAT(owed_detail(audit({"--repair"}), id), Contains("no stage has a result for the event " + event));
  CHECK(outbox() == exchange() + "|" + event + "|0");
}

TEST_CASE_METHOD(OwedFixture, "the audit finds each kind of damage to a refund") {
  const auto* const error =
      GENERATE("delete from order_events where stage = 'refund'; delete from order_enrichments where stage = 'refund'",
               "update order_events set created_at = created_at - interval '1 day' where stage = 'refund'",
               "update order_events set outcome = 'failed' where stage = 'refund'",
               "update order_events set outcome = 'failed', routing_key = null where stage = 'refund'; "
               "update orders set failure_reason = null, status = 'cancelled'");
  age(refunded());
  require_clean();
  database().execute(error);
  CAPTURE(error);
  CHECK(finding_of(audit(), "compensation_owed").is_object());
}

TEST_CASE_METHOD(OwedFixture, "a paid order whose dead letter was purged is listed as given up, and is no finding") {
  std::string id;
  SECTION("that of its refund") {
    id = refused();
    fail(id, "refund", "the bank is away (attempt 4, the last)");
  }
  SECTION("that of a stage after the payment") {
    id = paid();
    fail(id, "shipping", "the carrier is away (attempt 4, the last)");
  }
  age(id);
  CHECK(audit().at("given_up").empty());
  REQUIRE(cli({"dlq", "purge", "--yes"}).code == 0);
  age(id);
  const auto report = audit({"--repair"});
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
  CHECK(report.at("repaired") == 0);
  REQUIRE(report.at("given_up").size() == 1);
  CHECK(report.at("given_up").at(0).at("order_id") == id);
  CHECK_THAT(report.at("given_up").at(0).at("detail").get<std::string>(),
             Contains("its dead letter was purged; 21.99 owed, charge c-1"));
  CHECK_THAT(cli({"audit"}).output, Contains("note       given up by a person: 1 paid order") && Contains(id));
}

TEST_CASE_METHOD(OwedFixture, "refunds that are owed and other lost messages are counted apart") {
  for (int i = 0; i < 2; ++i) age(refused());
  const auto unpaid = priced();
  age(unpaid);
  declare(queue("finalize"));
  broker().publish("", queue("finalize"), "{}");
  const auto report = audit({"--repair"});
  CAPTURE(report.dump());
  CHECK(finding_of(report, "compensation_owed").at("count") == 2);
  const auto lost = finding_of(report, "lost_message");
  CHECK(lost.at("count") == 1);
  CHECK(lost.at("orders").at(0).at("order_id") == unpaid);
  CHECK(report.at("repaired") == 3);
}
