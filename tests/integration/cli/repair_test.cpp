#include <catch2/catch.hpp>

#include "runtime/orders/envelope/envelope.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

using esteira::test::CliFixture;

namespace {

std::string way(CliFixture& fixture) {
  return fixture.database().value("select exchange || '|' || routing_key || '|' || redrive from outbox");
}

}  // namespace

TEST_CASE("repair sends a lost order on from the stage that was done last") {
  CliFixture fixture;
  const auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested");
  fixture.done(id, "enrich", "", "order.enriched", R"({"supplier": "S"})");
  fixture.age(id);
  CHECK(fixture.audit({"--repair"}).at("repaired") == 1);
  CHECK(way(fixture) == fixture.exchange() + "|order.enriched|0");
  const auto message = esteira::runtime::orders::read_envelope(fixture.database().value("select body from outbox"));
  CHECK(message.order_id == id);
  CHECK(message.items.size() == 2);
  CHECK(message.data.at("enrich") == R"({"supplier": "S"})");  // as jsonb is written
}

TEST_CASE("repair sends an order to which nothing happened to its first stage, once") {
  CliFixture fixture;
  fixture.age(fixture.place());
  CHECK(fixture.audit({"--repair"}).at("repaired") == 1);
  CHECK(way(fixture) == fixture.exchange() + "|order.created|0");
  CHECK(fixture.audit({"--repair"}).at("repaired") == 0);
  CHECK(fixture.audit().at("clean") == true);
}

TEST_CASE("repair sends a redriven order to the stage it was sent back to") {
  CliFixture fixture;
  const auto id = fixture.failed_with_letter();
  REQUIRE(fixture.cli({"dlq", "redrive", "--yes"}).code == 0);
  fixture.database().execute("delete from outbox");
  fixture.age(id);
  CHECK(fixture.audit({"--repair"}).at("repaired") == 1);
  CHECK(way(fixture) == "|" + fixture.queue("enrich") + "|1");
}

TEST_CASE("repair touches nothing when all orders have their message") {
  CliFixture fixture;
  fixture.completed();
  CHECK(fixture.audit({"--repair"}).at("repaired") == 0);
  CHECK(fixture.database().value("select count(*) from outbox") == "0");
}

TEST_CASE("repair has no next step for an order whose status was taken back") {
  CliFixture fixture;
  const auto id = fixture.completed();
  fixture.database().execute("update orders set status = 'processing'");
  fixture.age(id);
  CHECK(fixture.audit({"--repair"}).at("repaired") == 0);
}
