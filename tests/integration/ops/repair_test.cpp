#include <catch2/catch.hpp>

#include "runtime/orders/envelope.hpp"
#include "tests/integration/ops/ops_room.hpp"

using esteira::test::OpsRoom;

namespace {

std::string way(OpsRoom& room) {
  return room.database().value("select exchange || '|' || routing_key || '|' || redrive from outbox");
}

}  // namespace

TEST_CASE("repair sends a lost order on from the stage that was done last") {
  OpsRoom room;
  const auto id = room.place();
  room.done(id, "process", "processing", "order.enrichment.requested");
  room.done(id, "enrich", "", "order.enriched", R"({"supplier": "S"})");
  room.age(id);
  CHECK(room.audit({"--repair"}).at("repaired") == 1);
  CHECK(way(room) == room.exchange() + "|order.enriched|0");
  const auto message = esteira::runtime::orders::read_envelope(room.database().value("select body from outbox"));
  CHECK(message.order_id == id);
  CHECK(message.items.size() == 2);
  CHECK(message.data.at("enrich") == R"({"supplier": "S"})");  // as jsonb is written
}

TEST_CASE("repair sends an order to which nothing happened to its first stage, once") {
  OpsRoom room;
  room.age(room.place());
  CHECK(room.audit({"--repair"}).at("repaired") == 1);
  CHECK(way(room) == room.exchange() + "|order.created|0");
  CHECK(room.audit({"--repair"}).at("repaired") == 0);
  CHECK(room.audit().at("clean") == true);
}

TEST_CASE("repair sends a redriven order to the stage it was sent back to") {
  OpsRoom room;
  const auto id = room.failed_with_letter();
  REQUIRE(room.cli({"dlq", "redrive", "--yes"}).code == 0);
  room.database().execute("delete from outbox");
  room.age(id);
  CHECK(room.audit({"--repair"}).at("repaired") == 1);
  CHECK(way(room) == "|" + room.queue("enrich") + "|1");
}

TEST_CASE("repair touches nothing when all orders have their message") {
  OpsRoom room;
  room.completed();
  CHECK(room.audit({"--repair"}).at("repaired") == 0);
  CHECK(room.database().value("select count(*) from outbox") == "0");
}

TEST_CASE("repair has no next step for an order whose status was taken back") {
  OpsRoom room;
  const auto id = room.completed();
  room.database().execute("update orders set status = 'processing'");
  room.age(id);
  CHECK(room.audit({"--repair"}).at("repaired") == 0);
}
