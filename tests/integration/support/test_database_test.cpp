#include "tests/support/test_database.hpp"

#include <catch2/catch.hpp>

namespace esteira::test {

TEST_CASE("TestDatabase is migrated and separate for each test", "[support]") {
  TestDatabase one;
  TestDatabase other;
  CHECK(one.value("select count(*) from orders") == "0");
  one.execute("insert into idempotency_keys (key, order_id, request_hash) values ('k', gen_random_uuid(), '')");
  CHECK(one.value("select key from idempotency_keys") == "k");
  CHECK(other.value("select count(*) from idempotency_keys") == "0");
}

TEST_CASE("An empty TestDatabase has no tables", "[support]") {
  TestDatabase database{TestDatabase::Empty{}};
  CHECK(database.value("select to_regclass('orders')").empty());
}

TEST_CASE("TestDatabase is dropped with its connections and can end them before", "[support]") {
  TestDatabase database;
  database.terminate_backends();
  CHECK(database.value("select 1") == "1");
}

}  // namespace esteira::test
