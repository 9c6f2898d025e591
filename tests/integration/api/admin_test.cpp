#include <catch2/catch.hpp>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::http_request;

TEST_CASE("health and metrics need no token") {
  ApiFixture fixture;
  CHECK(http_request(fixture.api->port(), "GET", "/healthz").status == 200);
  CHECK(fixture.becomes_ready());
  const auto metrics = http_request(fixture.api->port(), "GET", "/metrics");
  CHECK(metrics.status == 200);
  CHECK_THAT(metrics.body, Catch::Contains("esteira_build_info{version="));
}

TEST_CASE("the broker connection is a metric, not a readiness condition") {
  ApiFixture fixture;
  REQUIRE(esteira::test::wait_until([&] { return fixture.metric("esteira_broker_connected ") == 1; }));
  fixture.broker_proxy.cut();
  CHECK(esteira::test::wait_until([&] { return fixture.metric("esteira_broker_connected ") == 0; }));
  CHECK(fixture.get("/readyz").status == 200);
}

TEST_CASE("a database without the schema makes the API unready") {
  ApiFixture fixture;
  REQUIRE(fixture.becomes_ready());
  fixture.database.execute("alter table esteira_migrations rename to moved");
  CHECK(esteira::test::wait_until([&] { return fixture.get("/readyz").status == 503; }));
  CHECK(fixture.get("/healthz").status == 200);
}
