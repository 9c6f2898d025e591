#include <catch2/catch.hpp>

#include "runtime/orders/workers/stage_registry.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

using Catch::Contains;
using esteira::test::CliFixture;

namespace {

/// Registers "loyalty", and declares its queues as a host does.
void register_loyalty(CliFixture& fixture) {
  esteira::runtime::orders::register_stage(fixture.session(), {fixture.exchange(),
                                                               "loyalty",
                                                               {"order.completed"},
                                                               {std::chrono::milliseconds(50)},
                                                               "loyalty",
                                                               "1.2.3",
                                                               "",
                                                               ""});
  for (const auto* suffix : {"", ".retry.50", ".dead"}) fixture.declare(fixture.queue("loyalty") + suffix);
}

void run_loyalty_host(CliFixture& fixture, std::size_t in_flight) {
  esteira::runtime::orders::WorkerHeartbeat heartbeat;
  heartbeat.instance = esteira::runtime::random_uuid();
  heartbeat.exchange = fixture.exchange();
  heartbeat.stage = "loyalty";
  heartbeat.in_flight = in_flight;
  heartbeat.oldest_seconds = 7;
  report_heartbeat(fixture.session(), heartbeat);
}

void put(CliFixture& fixture, const std::string& suffix) {
  fixture.broker().publish("", fixture.queue("loyalty") + suffix, "{}");
}

void schedule(CliFixture& fixture, const std::string& id) {
  using namespace std::chrono_literals;
  esteira::test::record_one(fixture.session(), esteira::test::snooze_for(id, "loyalty", 0, 1h, fixture.exchange()));
}

std::string registered(CliFixture& fixture) {
  return fixture.database().value("select count(*) from registered_stages where stage = 'loyalty'");
}

}  // namespace

TEST_CASE("stage list shows hosts and messages of each registered stage") {
  CliFixture fixture;
  register_loyalty(fixture);
  run_loyalty_host(fixture, 3);
  for (const auto* suffix : {"", "", ".retry.50", ".dead"}) put(fixture, suffix);
  schedule(fixture, fixture.place());
  const auto shown = fixture.cli({"stage", "list", "--json"});
  CAPTURE(shown.output);
  REQUIRE(shown.code == 0);
  const auto stage = nlohmann::json::parse(shown.output);
  CHECK(stage.at("stage") == "loyalty");
  CHECK(stage.at("plugin") == "loyalty");
  CHECK(stage.at("version") == "1.2.3");
  CHECK(stage.at("hosts") == 1);
  CHECK(stage.at("waiting") == 2);
  CHECK(stage.at("retrying") == 1);
  CHECK(stage.at("scheduled") == 1);
  CHECK(stage.at("in_flight") == 3);
  CHECK(stage.at("oldest_seconds") == 7);
  CHECK(stage.at("dead") == 1);
  CHECK_THAT(stage.at("warning").get<std::string>(), Contains("3 messages and no consumer"));
  CHECK_THAT(fixture.cli({"stage", "list"}).output,
             Contains("loyalty 1.2.3") && Contains("warning: queue " + fixture.queue("loyalty")));
}

TEST_CASE("stage pause and resume may be repeated, and stage list shows the pause and the circuit breakers") {
  CliFixture fixture;
  register_loyalty(fixture);
  run_loyalty_host(fixture, 0);
  const auto shown = [&] { return nlohmann::json::parse(fixture.cli({"stage", "list", "--json"}).output); };
  CHECK(shown().at("paused") == false);
  CHECK(shown().at("breaker") == "closed");
  const auto paused = fixture.cli({"stage", "pause", "loyalty", "--reason", "the supplier moves"});
  CHECK(paused.code == 0);
  CHECK_THAT(paused.output, Contains("stage loyalty is paused") && Contains("esteira stage resume loyalty"));
  CHECK_THAT(fixture.cli({"stage", "pause", "loyalty"}).output, Contains("is paused since"));
  CHECK(shown().at("paused") == true);
  CHECK(shown().at("pause_reason") == "the supplier moves");
  CHECK_THAT(fixture.cli({"stage", "list"}).output, Contains(": the supplier moves"));
  CHECK_THAT(fixture.cli({"stage", "resume", "loyalty"}).output, Contains("stage loyalty is resumed"));
  CHECK_THAT(fixture.cli({"stage", "resume", "loyalty"}).output, Contains("stage loyalty is not paused"));
  CHECK(shown().at("paused") == false);
  fixture.database().execute("update worker_heartbeats set breaker = 'half-open'");
  CHECK(shown().at("breaker") == "open");
  run_loyalty_host(fixture, 0);
  CHECK(shown().at("breaker") == "open 1/2");
}

TEST_CASE("stage pause and resume refuse a stage that nobody has registered") {
  CliFixture fixture;
  for (const auto* command : {"pause", "resume"}) {
    const auto ended = fixture.cli({"stage", command, "loyalty"});
    CHECK(ended.code == 1);
    CHECK_THAT(ended.output, Contains("no stage loyalty is registered; see: esteira stage list"));
  }
  CHECK(fixture.database().value("select count(*) from stage_pauses") == "0");
}

TEST_CASE("stage forget removes the pause of a stage") {
  CliFixture fixture;
  register_loyalty(fixture);
  REQUIRE(fixture.cli({"stage", "pause", "loyalty"}).code == 0);
  REQUIRE(fixture.cli({"stage", "forget", "loyalty", "--yes"}).code == 0);
  CHECK(fixture.database().value("select count(*) from stage_pauses") == "0");
}

TEST_CASE("stage forget removes queues, bindings and registration of a stage without a host") {
  CliFixture fixture;
  register_loyalty(fixture);
  const auto ended = fixture.cli({"stage", "forget", "loyalty", "--yes"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK(registered(fixture) == "0");
  for (const auto* suffix : {"", ".retry.50", ".dead"}) {
    CHECK_FALSE(fixture.broker().has_queue(fixture.queue("loyalty") + suffix));
    fixture.declare(fixture.queue("loyalty") + suffix);
  }
  const auto again = fixture.cli({"stage", "forget", "loyalty", "--yes"});
  CHECK(again.code == 1);
  CHECK_THAT(again.output, Contains("no stage loyalty is registered"));
}

TEST_CASE("stage forget refuses while something would be lost, and changes nothing") {
  CliFixture fixture;
  register_loyalty(fixture);
  std::string reason;
  SECTION("a running host") {
    run_loyalty_host(fixture, 0);
    reason = "has a running host";
  }
  SECTION("messages") {
    put(fixture, "");
    reason = "has 1 messages in its queues: start a host";
  }
  SECTION("scheduled messages") {
    schedule(fixture, fixture.place());
    reason = "has 1 messages that wait for it: start a host";
  }
  SECTION("dead letters in the queue") {
    put(fixture, ".dead");
    reason = "has 1 dead letters";
  }
  SECTION("failed orders") {
    fixture.fail(fixture.place(), "loyalty", "no points");
    reason = "has 1 dead letters";
  }
  SECTION("a redriven order on its way") {
    fixture.database().execute(
        "insert into outbox (order_id, exchange, routing_key, body) values (gen_random_uuid(), '', '" +
        fixture.queue("loyalty") + "', '{}')");
    reason = "orders are being sent to stage loyalty";
  }
  const auto ended = fixture.cli({"stage", "forget", "loyalty", "--yes"});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Contains(reason));
  CHECK(registered(fixture) == "1");
  CHECK(fixture.broker().has_queue(fixture.queue("loyalty")));
}

TEST_CASE("stage forget discards messages only when it is told to, and says how many") {
  CliFixture fixture;
  register_loyalty(fixture);
  put(fixture, "");
  put(fixture, ".retry.50");
  schedule(fixture, fixture.place());
  const auto ended = fixture.cli({"stage", "forget", "loyalty", "--yes", "--discard"});
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("3 messages were discarded"));
  CHECK(fixture.database().value("select count(*) from scheduled_messages") == "0");
  for (const auto* suffix : {"", ".retry.50", ".dead"}) fixture.declare(fixture.queue("loyalty") + suffix);
}
