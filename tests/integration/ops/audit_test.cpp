#include <catch2/catch.hpp>

#include "runtime/orders/presence.hpp"
#include "tests/integration/ops/ops_room.hpp"
#include "tests/support/environment.hpp"

using esteira::test::OpsRoom;
using Checks = std::set<std::string>;

namespace {

/// Between process and enrich, quiet for an hour.
std::string quiet_order(OpsRoom& room) {
  auto id = room.place();
  room.done(id, "process", "processing", "order.enrichment.requested");
  room.age(id);
  return id;
}

/// Hosts that ever ran the chain of process, enrich and finalize.
void remember_chain(OpsRoom& room) {
  using esteira::runtime::orders::remember_stage;
  remember_stage(room.session(), {room.exchange(), "process", "order.created", {}});
  remember_stage(room.session(), {room.exchange(), "enrich", "order.enrichment.requested", {}});
  remember_stage(room.session(), {room.exchange(), "finalize", "order.enriched", {}});
}

/// The host's instance.
std::string report_host(OpsRoom& room, std::size_t in_flight) {
  esteira::runtime::orders::Presence presence;
  presence.instance = esteira::runtime::random_uuid();
  presence.exchange = room.exchange();
  presence.stage = "enrich";
  presence.in_flight = in_flight;
  esteira::runtime::orders::remember_stage(
      room.session(), {room.exchange(), "enrich", "order.enrichment.requested", {std::chrono::milliseconds(1234)}});
  report_presence(room.session(), presence);
  return presence.instance;
}

}  // namespace

TEST_CASE("an installation in which all is well is clean") {
  OpsRoom room;
  for (const auto& id : {room.completed(), room.failed_with_letter()}) room.age(id);
  room.place();
  const auto report = room.audit({"--settle", "60s"});
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
  CHECK(report.at("orders").at("completed") == 1);
}

TEST_CASE("a redriven order that completes is clean") {
  OpsRoom room;
  const auto id = room.failed_with_letter();
  REQUIRE(room.cli({"dlq", "redrive", "--yes"}).code == 0);
  room.done(id, "enrich", "", "order.enriched", "{}", 1);
  room.done(id, "finalize", "completed", "order.completed", "", 1);
  room.database().execute("delete from outbox");
  room.age(id);
  CHECK(room.audit().at("clean") == true);
}

TEST_CASE("the audit finds a planted error in the tables") {
  const auto [error, check] = GENERATE(table<std::string, std::string>({
      {"delete from order_items", "items"},
      {"delete from order_events where outcome = 'accepted'", "accepted"},
      {"insert into order_events (order_id, stage, redrive, retry, outcome, attempt) "
       "select id, 'enrich', -1, 0, 'done', 1 from orders",
       "effect_once"},
      {"delete from order_enrichments", "data_kept"},
      {"insert into order_enrichments (order_id, stage, data) select id, 'payment', '{}' from orders", "data_earned"},
      {"update orders set status = 'processing'", "status_forward"},
      {"update orders set status = 'pending'", "status_forward"},
      {"delete from order_events where stage = 'finalize'", "completed_by_stage"},
      {"insert into order_events (order_id, stage, redrive, retry, outcome, attempt, at) "
       "select id, 'payment', 0, 0, 'failed', 1, now() - interval '1 day' from orders",
       "completed_unfailed"},
      {"update orders set status = 'failed', failure_reason = 'because'", "failed_by_stage"},
      {"update orders set redrives = 1", "redrives_counted"},
      {"insert into order_events (order_id, stage, redrive, retry, outcome, attempt) "
       "select id, 'payment', 1, 1, 'retry', 1 from orders",
       "runs_begun"},
      {"insert into outbox (order_id, exchange, routing_key, body) values (gen_random_uuid(), 'x', 'y', '{}')",
       "order_known"},
      {"insert into order_items (order_id, line, sku, qty) values (gen_random_uuid(), 1, 'x', 1)", "order_known"},
  }));
  OpsRoom room;
  room.completed();
  room.database().execute(error);
  CHECK(room.audit_finds().count(check) == 1);
}

TEST_CASE("the audit finds a stage that was skipped") {
  OpsRoom room;
  remember_chain(room);
  const auto skipped = room.place();
  room.done(skipped, "process", "processing", "order.enrichment.requested");
  room.done(skipped, "finalize", "completed", "order.completed");
  const auto report = room.audit();
  REQUIRE(report.at("violations").size() == 1);
  CHECK(report.at("violations").at(0).at("check") == "asked_for");
  CHECK(report.at("violations").at(0).at("orders").at(0).at("order_id") == skipped);
}

TEST_CASE("a chain is not reported for a redrive, a stage whose key has changed, nor a listener that came later") {
  OpsRoom room;
  remember_chain(room);
  room.completed();
  const auto redriven = room.failed_with_letter();
  REQUIRE(room.cli({"dlq", "redrive", "--yes"}).code == 0);
  room.done(redriven, "enrich", "", "order.enriched", "{}", 1);
  room.done(redriven, "finalize", "completed", "order.completed", "", 1);
  room.database().execute("delete from outbox");
  const auto* later = GENERATE("enrich", "listener");
  esteira::runtime::orders::remember_stage(room.session(), {room.exchange(), later, "order.completed", {}});
  const auto report = room.audit();
  CAPTURE(report.dump());
  CHECK(report.at("clean") == true);
}

TEST_CASE("the audit finds an order whose message is lost") {
  OpsRoom room;
  const auto id = quiet_order(room);
  const auto report = room.audit();
  REQUIRE(report.at("violations").size() == 1);
  CHECK(report.at("violations").at(0).at("check") == "message");
  CHECK(report.at("violations").at(0).at("orders").at(0).at("order_id") == id);
}

TEST_CASE("an order is not reported while a message may be its own") {
  OpsRoom room;
  quiet_order(room);
  SECTION("ready in the stage's queue") {
    room.declare(room.queue("enrich"));
    room.broker().publish("", room.queue("enrich"), "{}");
  }
  SECTION("waiting in a retry queue that only a host has named") {
    report_host(room, 0);
    room.declare(room.queue("enrich"));
    room.declare(room.queue("enrich") + ".retry.1234");
    room.broker().publish("", room.queue("enrich") + ".retry.1234", "{}");
  }
  SECTION("in a host's hands") { report_host(room, 1); }
  const auto report = room.audit();
  CHECK(report.at("clean") == true);
  CHECK(report.at("waiting") == 1);
}

TEST_CASE("an order is not reported while its event is in the outbox, or that has just moved") {
  OpsRoom room;
  esteira::test::place_order(room.session());
  room.database().execute("update orders set updated_at = updated_at - interval '1 hour'");
  room.place();
  const auto ended = room.cli({"audit"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
}

TEST_CASE("of more quiet orders than messages the surplus is reported") {
  OpsRoom room;
  for (int i = 0; i < 3; ++i) quiet_order(room);
  room.declare(room.queue("enrich"));
  room.broker().publish("", room.queue("enrich"), "{}");
  const auto violation = room.audit().at("violations").at(0);
  CHECK(violation.at("count") == 2);
  CHECK(violation.at("orders").size() == 3);
}

TEST_CASE("a host that stopped well counts no more") {
  OpsRoom room;
  quiet_order(room);
  esteira::runtime::orders::withdraw_presence(room.session(), report_host(room, 5));
  CHECK(room.audit_finds() == Checks{"message"});
}

TEST_CASE("the audit finds a failed order without a letter") {
  OpsRoom room;
  const auto id = room.failed_with_letter();
  room.age(id);
  room.broker().purge(room.dead());
  CHECK(room.audit_finds() == Checks{"letter"});
}

TEST_CASE("the audit finds an order whose message the broker gave up") {
  OpsRoom room;
  const auto id = quiet_order(room);
  room.put_letter(id, "enrich", 0, "");
  CHECK(room.audit_finds() == Checks{"given_up"});
}

TEST_CASE("an audit that cannot be made says so with a code of its own") {
  OpsRoom room;
  CHECK(room.cli({"audit", "--settle", "soon"}).code == 2);
  const std::string nowhere = "amqp://127.0.0.1:1/";
  esteira::test::Process process(ESTEIRA_CLI, {"audit"},
                                 {{"DATABASE_URL", room.database().url()}, {"RABBITMQ_URL", nowhere}});
  CHECK(process.wait() == 3);
}
