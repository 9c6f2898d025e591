#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/integration/cli/cli_fixture.hpp"

using esteira::runtime::orders::purge_dead_letter;
using esteira::runtime::orders::redrive_dead_letter;
using esteira::runtime::orders::RedriveResult;
using esteira::test::CliFixture;
using esteira::test::RecordedResult;

namespace {

std::string failed_in_enrich(CliFixture& fixture) {
  auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested");
  fixture.fail(id, "enrich", "supplier away");
  return id;
}

}  // namespace

TEST_CASE("redrive sets the order to processing and puts its message into the outbox") {
  CliFixture fixture;
  const auto id = failed_in_enrich(fixture);
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of(id)) == RedriveResult::redriven);
  CHECK(fixture.database().value("select status || ' ' || redrives || coalesce(failure_reason, '') from orders") ==
        "processing 1");
  CHECK(fixture.database().value("select exchange || '|' || routing_key || '|' || redrive from outbox") ==
        "|" + fixture.queue("enrich") + "|1");
  CHECK(fixture.database().value("select body from outbox") == fixture.dead_letter_of(id).body);
  CHECK(fixture.database().value("select detail from order_events where outcome = 'redriven'") == "supplier away");
}

TEST_CASE("a redrive sends an order to each stage that failed on the same event, once") {
  CliFixture fixture;
  const auto id = failed_in_enrich(fixture);
  for (const auto* stage : {"loyalty", "audit", "finalize"}) fixture.fail(id, stage, "away too");
  REQUIRE(purge_dead_letter(fixture.session(), {id, "audit", 0, {}, {}, {}, {}}));
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of(id)) == RedriveResult::redriven);
  const auto queues = "select string_agg(routing_key || ' ' || redrive, ',' order by routing_key) from outbox";
  const auto expected =
      fixture.queue("enrich") + " 1," + fixture.queue("finalize") + " 1," + fixture.queue("loyalty") + " 1";
  CHECK(fixture.database().value(queues) == expected);
  auto other = fixture.dead_letter_of(id);
  other.stage = "loyalty";
  other.stage_queue = fixture.queue("loyalty");
  CHECK(redrive_dead_letter(fixture.session(), other) == RedriveResult::stale);
  CHECK(fixture.database().value(queues) == expected);
  CHECK(fixture.audit_finds().empty());
}

TEST_CASE("concurrent redrives of one dead letter redrive it once") {
  CliFixture fixture;
  const auto letter = fixture.dead_letter_of(failed_in_enrich(fixture));
  std::vector<RedriveResult> results(4);
  std::vector<std::thread> operators;
  operators.reserve(results.size());
  for (auto& result : results) {
    operators.emplace_back([&] {
      esteira::test::OrderSession session(fixture.database());
      result = redrive_dead_letter(session, letter);
    });
  }
  for (auto& thread : operators) thread.join();
  CHECK(std::ranges::count(results, RedriveResult::redriven) == 1);
  CHECK(std::ranges::count(results, RedriveResult::stale) == 3);
  CHECK(fixture.database().value("select count(*) from outbox") == "1");
}

TEST_CASE("an order that failed again is redriven by its newest dead letter only") {
  CliFixture fixture;
  const auto id = failed_in_enrich(fixture);
  redrive_dead_letter(fixture.session(), fixture.dead_letter_of(id));
  fixture.fail(id, "enrich", "still away", 1);
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of(id, 0)) == RedriveResult::stale);
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of(id, 1)) == RedriveResult::redriven);
  CHECK(fixture.database().value("select redrives from orders") == "2");
}

TEST_CASE("a dead letter of the broker is redriven, and a late copy of its message is a duplicate") {
  CliFixture fixture;
  const auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested");
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of(id)) == RedriveResult::redriven);
  CHECK(fixture.done(id, "enrich", "", "order.enriched", "{}").status == RecordedResult::Status::duplicate);
  CHECK(fixture.done(id, "enrich", "", "order.enriched", "{}", 1).status == RecordedResult::Status::recorded);
}

TEST_CASE("redrive changes no status but failed") {
  CliFixture fixture;
  const auto id = fixture.place();
  fixture.done(id, "process", "shipped", "order.enrichment.requested");
  REQUIRE(redrive_dead_letter(fixture.session(), fixture.dead_letter_of(id)) == RedriveResult::redriven);
  CHECK(fixture.status(id) == "shipped");
}

TEST_CASE("redrive changes nothing when the order went on, is unknown, or contradicts the dead letter") {
  CliFixture fixture;
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of(fixture.completed())) == RedriveResult::stale);
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of("6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77")) ==
        RedriveResult::unknown_order);
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of("not-an-id")) == RedriveResult::unknown_order);
  CHECK(redrive_dead_letter(fixture.session(), fixture.dead_letter_of(failed_in_enrich(fixture), 3)) ==
        RedriveResult::refused);
  CHECK(fixture.database().value("select count(*) from outbox") == "0");
}

TEST_CASE("purge is recorded in the timeline, and an order that is not failed becomes failed") {
  CliFixture fixture;
  const auto failed = failed_in_enrich(fixture);
  const auto dead_lettered = fixture.place();
  for (int i = 0; i < 2; ++i) {
    CHECK(purge_dead_letter(fixture.session(), fixture.dead_letter_of(failed)));
    CHECK(purge_dead_letter(fixture.session(), fixture.dead_letter_of(dead_lettered)));
  }
  CHECK(fixture.database().value("select count(*) from order_events where outcome = 'purged'") == "2");
  CHECK(fixture.database().value("select failure_reason from orders where id = '" + failed + "'") == "supplier away");
  CHECK(fixture.status(dead_lettered) == "failed");
  CHECK(fixture.audit().at("clean") == true);
}
