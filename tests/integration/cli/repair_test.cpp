#include <catch2/catch.hpp>

#include "runtime/orders/envelope/envelope.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

using esteira::test::CliFixture;

namespace {

std::string target(CliFixture& fixture) {
  return fixture.database().value("select exchange || '|' || routing_key || '|' || redrive from outbox");
}

}  // namespace

TEST_CASE("repair publishes the next event of a lost order, with the data of its stages") {
  CliFixture fixture;
  const auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested");
  fixture.done(id, "enrich", "", "order.enriched", R"({"supplier": "S"})");
  fixture.age(id);
  CHECK(fixture.audit({"--repair"}).at("repaired") == 1);
  CHECK(target(fixture) == fixture.exchange() + "|order.enriched|0");
  const auto message = esteira::runtime::orders::read_envelope(fixture.database().value("select body from outbox"));
  CHECK(message.order_id == id);
  CHECK(message.items.size() == 2);
  CHECK(message.data.at("enrich") == R"({"supplier": "S"})");  // as jsonb is written
}

TEST_CASE("repair publishes the first event of an order that no stage has processed, once") {
  CliFixture fixture;
  fixture.age(fixture.place());
  CHECK(fixture.audit({"--repair"}).at("repaired") == 1);
  CHECK(target(fixture) == fixture.exchange() + "|order.created|0");
  CHECK(fixture.audit({"--repair"}).at("repaired") == 0);
  CHECK(fixture.audit().at("clean") == true);
}

TEST_CASE("repair publishes the first event of the order's workflow, which its timeline has") {
  CliFixture fixture;
  const auto id = fixture.place();
  fixture.database().execute("update order_events set routing_key = 'checkout.created' where entry_kind = 'accepted'");
  fixture.age(id);
  CHECK(fixture.audit({"--repair"}).at("repaired") == 1);
  CHECK(target(fixture) == fixture.exchange() + "|checkout.created|0");
}

TEST_CASE("repair sends a redriven order to the queue of its stage") {
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter();
  REQUIRE(fixture.cli({"dlq", "redrive", "--yes"}).code == 0);
  fixture.database().execute("delete from outbox");
  fixture.age(id);
  CHECK(fixture.audit({"--repair"}).at("repaired") == 1);
  CHECK(target(fixture) == "|" + fixture.queue("enrich") + "|1");
}

TEST_CASE("repair changes nothing when no message is lost") {
  CliFixture fixture;
  fixture.completed();
  CHECK(fixture.audit({"--repair"}).at("repaired") == 0);
  CHECK(fixture.database().value("select count(*) from outbox") == "0");
}

TEST_CASE("repair skips an order whose timeline has no next step") {
  CliFixture fixture;
  const auto id = fixture.completed();
  fixture.database().execute("update orders set status = 'processing'");
  fixture.age(id);
  CHECK(fixture.audit({"--repair"}).at("repaired") == 0);
}

TEST_CASE("an order whose message is scheduled is not lost, and repair sends it when that message is gone") {
  CliFixture fixture;
  const auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested");
  const auto snooze = [&](int snoozes) {
    return esteira::test::record_one(fixture.session(), esteira::test::snooze_for(id, "enrich", snoozes)).status;
  };
  using Status = esteira::test::RecordedResult::Status;
  CHECK(snooze(0) == Status::recorded);
  CHECK(snooze(1) == Status::recorded);
  fixture.age(id);
  fixture.database().execute("delete from scheduled_messages where snoozes = 1");
  CHECK(fixture.audit({"--repair"}).at("repaired") == 0);
  fixture.database().execute("delete from scheduled_messages");
  CHECK(fixture.audit({"--repair"}).at("repaired") == 1);
  CHECK(target(fixture) == fixture.exchange() + "|order.enrichment.requested|0");
  // The repaired message begins anew. A copy of the lost one ends as soon as the new one has been scheduled.
  CHECK(snooze(0) == Status::recorded);
  CHECK(snooze(2) == Status::superseded);
  CHECK(snooze(3) == Status::recorded);
}
