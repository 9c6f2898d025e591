#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::http_request;
using esteira::test::HttpAnswer;
using esteira::test::wait_until;
using nlohmann::json;

namespace {

HttpAnswer cancel(const ApiFixture& fixture, const std::string& id, const std::string& token = "token") {
  return http_request(fixture.api->port(), "POST", "/orders/" + id + "/cancel", "",
                      {{"Authorization", "Bearer " + token}});
}

}  // namespace

TEST_CASE("a cancellation is accepted, repeated with the same answer, and shown with the order") {
  ApiFixture fixture;
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  for (int i = 0; i < 2; ++i) {
    const auto answer = cancel(fixture, id);
    CHECK(answer.status == 202);
    CHECK(answer.headers.at("location") == "/orders/" + id);
    CHECK(json::parse(answer.body) == json{{"order_id", id}, {"status", "pending"}});
  }
  const auto order = json::parse(fixture.get("/orders/" + id).body);
  CHECK(order.at("cancellation").at("status") == "requested");
  const auto& timeline = order.at("timeline");
  REQUIRE(timeline.size() == 2);
  CHECK(timeline.at(1).at("outcome") == "cancel_requested");
  CHECK(order.at("cancellation").at("requested_at") == timeline.at(1).at("at"));
}

TEST_CASE("a cancelled order is shown as such, and a further cancellation is accepted") {
  ApiFixture fixture;
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  REQUIRE(cancel(fixture, id).status == 202);
  fixture.database.execute("update orders set status = 'cancelled', cancel_requested_at = null");
  const auto answer = cancel(fixture, id);
  CHECK(answer.status == 202);
  CHECK(json::parse(answer.body).at("status") == "cancelled");
  const auto order = json::parse(fixture.get("/orders/" + id).body);
  CHECK(order.at("status") == "cancelled");
  CHECK(order.at("cancellation").at("status") == "done");
}

TEST_CASE("an order that is shipped or has ended is not cancelled, and the answer says which") {
  ApiFixture fixture;
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  const std::string status = GENERATE("shipped", "completed", "failed");
  const auto* const reason = status == "failed" ? ", failure_reason = 'no'" : "";
  fixture.database.execute("update orders set status = '" + status + "'" + reason);
  const auto answer = cancel(fixture, id);
  CHECK(answer.status == 409);
  CHECK(answer.headers.at("content-type") == "application/problem+json");
  const auto problem = json::parse(answer.body);
  CHECK(problem.at("type") == "urn:esteira:problem:too-late-to-cancel");
  CHECK_THAT(problem.at("detail").get<std::string>(), Catch::Contains(status));
  CHECK_FALSE(json::parse(fixture.get("/orders/" + id).body).contains("cancellation"));
}

TEST_CASE("a cancellation of an unknown order gives 404, without a token 401, with another method 405") {
  ApiFixture fixture;
  CHECK(cancel(fixture, "00000000-0000-4000-8000-000000000000").status == 404);
  CHECK(cancel(fixture, "nonsense").status == 404);
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  CHECK(cancel(fixture, id, "wrong").status == 401);
  CHECK(http_request(fixture.api->port(), "POST", "/orders/" + id + "/cancel").status == 401);
  const auto answer = fixture.get("/orders/" + id + "/cancel");
  CHECK(answer.status == 405);
  CHECK_THAT(answer.headers.at("allow"), Catch::Contains("POST"));
  CHECK(fixture.database.value("select count(*) from orders where cancel_requested_at is not null") == "0");
}

TEST_CASE("a client cancels only its own orders when clients are isolated") {
  ApiFixture fixture({{"ESTEIRA_CLIENT_TOKENS", "shop:aaa,pos:bbb"}, {"ESTEIRA_ISOLATE_CLIENTS", "true"}});
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order(), {{"Authorization", "Bearer aaa"}}));
  CHECK(cancel(fixture, id, "bbb").status == 404);
  CHECK(fixture.database.value("select count(*) from orders where cancel_requested_at is not null") == "0");
  CHECK(cancel(fixture, id, "aaa").status == 202);
}

TEST_CASE("a cancellation while PostgreSQL is away gives 503, and works afterwards") {
  ApiFixture fixture;
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  fixture.database_proxy.cut();
  const auto answer = cancel(fixture, id);
  CHECK(answer.status == 503);
  CHECK(answer.headers.contains("retry-after"));
  fixture.database_proxy.restore();
  CHECK(wait_until([&] { return cancel(fixture, id).status == 202; }));
}

TEST_CASE("an order that is cancelled is never served from Redis") {
  ApiFixture fixture{{{"REDIS_URL", esteira::test::redis_url()}, {"ESTEIRA_CACHE_TIMEOUT", "5s"}}};
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  const auto shown = [&] { return json::parse(fixture.get("/orders/" + id).body); };
  CHECK_FALSE(shown().contains("cancellation"));
  REQUIRE(cancel(fixture, id).status == 202);
  CHECK(shown().at("cancellation").at("status") == "requested");
  fixture.database.execute("update orders set status = 'cancelled', cancel_requested_at = null");
  CHECK(shown().at("status") == "cancelled");
  CHECK(fixture.metric("esteira_cache_lookups_total{result=\"hit\"}") == 0);
}
