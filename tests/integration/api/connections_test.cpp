#include <catch2/catch.hpp>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/http_client.hpp"

using esteira::test::ApiFixture;
using esteira::test::RawHttp;

TEST_CASE("idle connections without a token shut nobody out") {
  constexpr int kIdle = 200;
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_MAX_CONNECTIONS", "32"}});
  std::vector<std::unique_ptr<RawHttp>> idle;
  idle.reserve(kIdle);
  for (int i = 0; i < kIdle; ++i) idle.push_back(std::make_unique<RawHttp>(fixture.api->port()));
  CHECK(fixture.get("/healthz").status == 200);
  CHECK(fixture.post(ApiFixture::small_order()).status == 202);
  CHECK(fixture.metric("esteira_http_connections_dropped_total{reason=\"idle\"} ") >= kIdle - 32);
  CHECK(fixture.metric("esteira_http_connections_dropped_total{reason=\"refused\"} ") == 0);
}
