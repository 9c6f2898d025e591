#include <algorithm>
#include <catch2/catch.hpp>

#include "runtime/orders/workers/stage_registry.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/environment.hpp"

using esteira::test::CliFixture;
using Checks = std::set<std::string>;

namespace {

/// Between process and enrich, unchanged for an hour.
std::string stalled_order(CliFixture& fixture) {
  auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested");
  fixture.age(id);
  return id;
}

/// Registers process, enrich and finalize, as their hosts do.
void register_workflow(CliFixture& fixture) {
  using esteira::runtime::orders::register_stage;
  register_stage(fixture.session(), {fixture.exchange(), "process", {"order.created"}, {}});
  register_stage(fixture.session(), {fixture.exchange(), "enrich", {"order.enrichment.requested"}, {}});
  register_stage(fixture.session(), {fixture.exchange(), "finalize", {"order.enriched"}, {}});
}

/// Returns the instance id of the host.
std::string report_host(CliFixture& fixture, std::size_t in_flight) {
  esteira::runtime::orders::WorkerHeartbeat heartbeat;
  heartbeat.instance = esteira::runtime::random_uuid();
  heartbeat.exchange = fixture.exchange();
  heartbeat.stage = "enrich";
  heartbeat.in_flight = in_flight;
  esteira::runtime::orders::register_stage(
      fixture.session(),
      {fixture.exchange(), "enrich", {"order.enrichment.requested"}, {std::chrono::milliseconds(1234)}});
  report_heartbeat(fixture.session(), heartbeat);
  return heartbeat.instance;
}

}  // namespace

TEST_CASE("the audit of a healthy installation is clean") {
  CliFixture fixture;
  for (const auto& id : {fixture.completed(), fixture.failed_with_dead_letter()}) fixture.age(id);
  fixture.place();
  const auto report = fixture.audit({"--grace-period", "60s"});
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
  CHECK(report.at("orders").at("completed") == 1);
}

TEST_CASE("the audit is clean after a redriven order has completed") {
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter();
  REQUIRE(fixture.cli({"dlq", "redrive", "--yes"}).code == 0);
  fixture.done(id, "enrich", "", "order.enriched", "{}", 1);
  fixture.done(id, "finalize", "completed", "order.completed", "", 1);
  fixture.database().execute("delete from outbox");
  fixture.age(id);
  CHECK(fixture.audit().at("clean") == true);
}

TEST_CASE("the audit finds each kind of error in the tables") {
  const auto [error, check] = GENERATE(table<std::string, std::string>({
      {"delete from order_items", "items"},
      {"delete from order_events where outcome = 'accepted'", "accepted"},
      {"insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt) "
       "select id, 'enrich', -1, 'result', 'done', 1 from orders",
       "effect_once"},
      {"delete from order_enrichments", "missing_enrichment"},
      {"insert into order_enrichments (order_id, stage, data) select id, 'payment', '{}' from orders",
       "orphan_enrichment"},
      {"update orders set status = 'processing'", "status_forward"},
      {"update orders set status = 'pending'", "status_forward"},
      {"delete from order_events where stage = 'finalize'", "completed_by_stage"},
      {"insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, created_at) "
       "select id, 'payment', 0, 'result', 'failed', 1, now() - interval '1 day' from orders",
       "completed_unfailed"},
      {"update orders set status = 'failed', failure_reason = 'because'", "failed_by_stage"},
      {"update orders set redrives = 1", "redrives_counted"},
      {"insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt) "
       "select id, 'payment', 1, 'retry', 'retry', 1 from orders",
       "unknown_run"},
      {"insert into outbox (order_id, exchange, routing_key, body) values (gen_random_uuid(), 'x', 'y', '{}')",
       "order_known"},
      {"insert into order_items (order_id, line, sku, qty) values (gen_random_uuid(), 1, 'x', 1)", "order_known"},
      {"insert into scheduled_messages values (gen_random_uuid(), 'x', 0, 1, 0, 'x', now(), 'y', '', '{}')",
       "order_known"},
      {"insert into scheduled_messages select id, 'x', 0, n, 0, 'x', now(), 'y', '', '{}' from orders, "
       "generate_series(1, 2) n",
       "scheduled_once"},
  }));
  CliFixture fixture;
  fixture.completed();
  fixture.database().execute(error);
  CHECK(fixture.audit_finds().count(check) == 1);
}

TEST_CASE("the audit finds a stage that was skipped") {
  CliFixture fixture;
  register_workflow(fixture);
  const auto skipped = fixture.place();
  fixture.done(skipped, "process", "processing", "order.enrichment.requested");
  fixture.done(skipped, "finalize", "completed", "order.completed");
  const auto report = fixture.audit();
  REQUIRE(report.at("findings").size() == 1);
  CHECK(report.at("findings").at(0).at("check") == "missing_predecessor");
  CHECK(report.at("findings").at(0).at("orders").at(0).at("order_id") == skipped);
}

TEST_CASE("the audit finds a stage that worked on an event to which its queue was not bound any more") {
  CliFixture fixture;
  register_workflow(fixture);
  const auto before = fixture.completed();
  fixture.age(before);
  fixture.database().execute("update order_events set created_at = created_at - interval '1 hour'");
  esteira::runtime::orders::register_stage(fixture.session(), {fixture.exchange(), "enrich", {"order.checked"}, {}});
  esteira::runtime::orders::record_removed_bindings(fixture.session(), fixture.exchange(), "enrich",
                                                    {"order.enrichment.requested"});
  CHECK(fixture.audit().at("clean") == true);
  const auto unchecked = fixture.completed();
  const auto report = fixture.audit();
  CAPTURE(report.dump());
  REQUIRE(report.at("findings").size() == 1);
  CHECK(report.at("findings").at(0).at("check") == "missing_predecessor");
  CHECK(report.at("findings").at(0).at("orders").at(0).at("order_id") == unchecked);
}

TEST_CASE("the audit accepts a redrive, a changed binding key and a stage that was added later") {
  CliFixture fixture;
  register_workflow(fixture);
  fixture.completed();
  const auto redriven = fixture.failed_with_dead_letter();
  REQUIRE(fixture.cli({"dlq", "redrive", "--yes"}).code == 0);
  fixture.done(redriven, "enrich", "", "order.enriched", "{}", 1);
  fixture.done(redriven, "finalize", "completed", "order.completed", "", 1);
  fixture.database().execute("delete from outbox");
  const auto* later = GENERATE("enrich", "listener");
  esteira::runtime::orders::register_stage(fixture.session(), {fixture.exchange(), later, {"order.completed"}, {}});
  const auto report = fixture.audit();
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
}

TEST_CASE("the audit finds an order whose message is lost") {
  CliFixture fixture;
  const auto id = stalled_order(fixture);
  const auto report = fixture.audit();
  REQUIRE(report.at("findings").size() == 1);
  CHECK(report.at("findings").at(0).at("check") == "lost_message");
  CHECK(report.at("findings").at(0).at("orders").at(0).at("order_id") == id);
}

TEST_CASE("the audit does not report a stalled order while there are enough messages") {
  CliFixture fixture;
  stalled_order(fixture);
  SECTION("ready in the stage's queue") {
    fixture.declare(fixture.queue("enrich"));
    fixture.broker().publish("", fixture.queue("enrich"), "{}");
  }
  SECTION("waiting in a retry queue that only a host has named") {
    report_host(fixture, 0);
    fixture.declare(fixture.queue("enrich"));
    fixture.declare(fixture.queue("enrich") + ".retry.1234");
    fixture.broker().publish("", fixture.queue("enrich") + ".retry.1234", "{}");
  }
  SECTION("in flight in a host") { report_host(fixture, 1); }
  const auto report = fixture.audit();
  CHECK(report.at("clean") == true);
  CHECK(report.at("waiting") == 1);
}

TEST_CASE("messages of a renamed stage that nobody reads hide no lost order") {
  CliFixture fixture;
  const auto id = stalled_order(fixture);
  report_host(fixture, 0);
  // The audit need not wait for the next heartbeat.
  fixture.database().execute("update worker_heartbeats set heartbeat_at = now() + interval '1 hour'");
  esteira::runtime::orders::register_stage(
      fixture.session(), {fixture.exchange(), "enrich-v1", {"order.enrichment.requested"}, {}, "enrich", "1", "", ""});
  fixture.declare(fixture.queue("enrich"));
  fixture.declare(fixture.queue("enrich-v1"));
  for (int i = 0; i < 3; ++i) fixture.broker().publish("", fixture.queue("enrich-v1"), "{}");
  const auto report = fixture.audit();
  CAPTURE(report.dump());
  REQUIRE(report.at("findings").size() == 1);
  CHECK(report.at("findings").at(0).at("check") == "lost_message");
  CHECK(report.at("findings").at(0).at("orders").at(0).at("order_id") == id);
  CHECK(report.at("waiting") == 0);
  const auto& stages = report.at("stages");
  CHECK(std::ranges::any_of(stages, [](const auto& stage) {
    return stage.at("stage") == "enrich-v1" && stage.at("messages") == 3 && stage.at("abandoned") == true;
  }));
}

TEST_CASE("the audit does not report an order whose event is in the outbox, or that has just changed") {
  CliFixture fixture;
  esteira::test::place_order(fixture.session());
  fixture.database().execute("update orders set updated_at = updated_at - interval '1 hour'");
  fixture.place();
  const auto ended = fixture.cli({"audit"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
}

TEST_CASE("the audit reports as many lost messages as stalled orders exceed messages") {
  CliFixture fixture;
  for (int i = 0; i < 3; ++i) stalled_order(fixture);
  fixture.declare(fixture.queue("enrich"));
  fixture.broker().publish("", fixture.queue("enrich"), "{}");
  const auto finding = fixture.audit().at("findings").at(0);
  CHECK(finding.at("count") == 2);
  CHECK(finding.at("orders").size() == 3);
}

TEST_CASE("the audit ignores the in-flight count of a host that was shut down") {
  CliFixture fixture;
  stalled_order(fixture);
  esteira::runtime::orders::remove_heartbeat(fixture.session(), report_host(fixture, 5));
  CHECK(fixture.audit_finds() == Checks{"lost_message"});
}

TEST_CASE("the audit accepts a failed order whose message is gone from the dead-letter queue") {
  CliFixture fixture;
  fixture.age(fixture.failed_with_dead_letter());
  fixture.broker().purge(fixture.dead());
  CHECK(fixture.audit().at("clean") == true);
}

TEST_CASE("the audit finds an order whose message was dead-lettered by the broker, and repairs it") {
  CliFixture fixture;
  const auto id = stalled_order(fixture);
  fixture.put_dead_letter(id, "enrich", 0, "");
  const auto report = fixture.audit({"--repair"});
  CHECK(report.at("findings").at(0).at("check") == "lost_message");
  CHECK(report.at("repaired") == 1);
}

TEST_CASE("audit exits with 2 for wrong options and with 3 when a server is away") {
  CliFixture fixture;
  CHECK(fixture.cli({"audit", "--grace-period", "soon"}).code == 2);
  const std::string nowhere = "amqp://127.0.0.1:1/";
  esteira::test::Process process(ESTEIRA_CLI, {"audit"},
                                 {{"DATABASE_URL", fixture.database().url()}, {"RABBITMQ_URL", nowhere}});
  CHECK(process.wait() == 3);
}
