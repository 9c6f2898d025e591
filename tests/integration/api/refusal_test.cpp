#include <catch2/catch.hpp>
#include <pqxx/pqxx>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/test_role.hpp"
#include "tests/support/wait.hpp"

namespace {

using Catch::Contains;
using esteira::test::ApiFixture;
using esteira::test::TestDatabase;
using esteira::test::TestRole;
using esteira::test::wait_until;

constexpr auto kWritable = "esteira_database_writable ";

/// An API that has stored one order, as a user of least rights.
struct LeastRights {
  LeastRights() {
    REQUIRE(api.becomes_ready());
    REQUIRE(stores());
  }
  [[nodiscard]] bool stores() const { return api.post(ApiFixture::small_order()).status == 202; }
  [[nodiscard]] std::string unready_reason() const {
    const auto answer = api.get("/readyz");
    return answer.status == 503 ? answer.body : "";
  }
  [[nodiscard]] bool becomes_unready() const {
    return wait_until([this] { return !unready_reason().empty() && api.metric(kWritable) == 0; });
  }
  void check_heals() const {
    CHECK(api.becomes_ready());
    CHECK(api.metric(kWritable) == 1);
    CHECK(stores());
  }

  TestDatabase database;
  TestRole role{database};
  ApiFixture api{ApiFixture::Settings{{"DATABASE_URL", role.url()}}};
};

}  // namespace

TEST_CASE_METHOD(LeastRights, "a missing right makes the API unready with one reason, and a grant heals it") {
  role.revoke("insert on order_events");
  CHECK(becomes_unready());
  const auto reason = unready_reason();
  CHECK_THAT(reason, Contains("orders cannot be stored: permission denied for table order_events (SQLSTATE 42501)"));
  const auto answer = api.post(ApiFixture::small_order());
  CHECK(answer.status == 503);
  CHECK(answer.headers.contains("retry-after"));
  CHECK(unready_reason() == reason);
  role.grant("insert on order_events");
  check_heals();
}

TEST_CASE_METHOD(LeastRights, "a read-only server makes the API unready and orders can still be read") {
  const auto id = ApiFixture::order_id(api.post(ApiFixture::small_order()));
  const auto name = database.value("select current_database()");
  database.execute("alter database " + name + " set default_transaction_read_only = on");
  database.terminate_backends();
  CHECK(becomes_unready());
  CHECK_THAT(unready_reason(), Contains("SQLSTATE 25006"));
  CHECK(api.post(ApiFixture::small_order()).status == 503);
  CHECK(api.get("/orders/" + id).status == 200);
  database.execute("alter database " + name + " reset default_transaction_read_only");
  check_heals();
}

TEST_CASE_METHOD(LeastRights, "a table lock that lasts makes the API unready") {
  pqxx::connection connection(database.url());
  pqxx::work other(connection);
  other.exec("lock table orders");
  CHECK(becomes_unready());
  CHECK_THAT(unready_reason(), Contains("SQLSTATE 55P03"));
  CHECK(api.post(ApiFixture::small_order()).status == 503);
  other.abort();
  check_heals();
}

TEST_CASE_METHOD(LeastRights, "a full disk that only rows notice keeps the API unready until there is space") {
  database.execute(
      "create function no_space() returns trigger language plpgsql as"
      " $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$");
  database.execute("create trigger no_space before insert on outbox for each row execute function no_space()");
  CHECK(api.post(ApiFixture::small_order()).status == 503);
  CHECK(becomes_unready());
  CHECK_THAT(unready_reason(), Contains("SQLSTATE 53100") && Contains("free space"));
  database.execute("drop trigger no_space on outbox");
  check_heals();
}

TEST_CASE_METHOD(LeastRights, "a type changed under the sessions heals without a restart, and so does the sweep") {
  api.broker_proxy.cut();
  REQUIRE(stores());
  database.execute("alter table outbox alter column body type varchar");
  database.execute("alter table orders alter column customer_id type varchar");
  CHECK(stores());
  api.broker_proxy.restore();
  CHECK(wait_until([&] { return database.value("select count(*) from outbox") == "0"; }));
  CHECK(api.becomes_ready());
}

TEST_CASE_METHOD(LeastRights, "a sweep that is refused makes the API unready, and orders are still accepted") {
  api.broker_proxy.cut();
  REQUIRE(stores());
  role.revoke("update on outbox");
  api.broker_proxy.restore();
  CHECK(wait_until([this] { return unready_reason().find("the outbox cannot be swept") != std::string::npos; }));
  CHECK(stores());
  role.grant("update on outbox");
  check_heals();
}

TEST_CASE_METHOD(LeastRights, "orders that cannot be read make the API unready, and orders are still accepted") {
  role.revoke("select on order_enrichments");
  CHECK(wait_until([this] { return unready_reason().find("orders cannot be read") != std::string::npos; }));
  CHECK(api.get("/orders/00000000-0000-4000-8000-000000000000").status == 503);
  CHECK(stores());
  role.grant("select on order_enrichments");
  check_heals();
}
