#include <catch2/catch.hpp>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::wait_until;

namespace {

constexpr auto kHits = "esteira_cache_lookups_total{result=\"hit\"}";

/// An API with a cache, and an order that stages have processed.
struct CacheFixture {
  ApiFixture fixture{{{"REDIS_URL", esteira::test::redis_url()}, {"ESTEIRA_CACHE_TIMEOUT", "5s"}}};
  std::string id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));

  void register_stage(const std::string& stage, const std::string& key) {
    fixture.database.execute(
        "insert into registered_stages (exchange, stage, retry_delays, binding_keys) values ('orders', '" + stage +
        "', '{}', '{" + key + "}')");
  }
  void record_result(const std::string& stage, const std::string& publishes, const std::string& outcome = "done") {
    fixture.database.execute(
        "insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, routing_key)"
        " values ('" +
        id + "', '" + stage + "', 0, 'result', '" + outcome + "', 1, '" + publishes + "')");
  }
  void set_status(const std::string& status, const std::string& reason = "null") {
    fixture.database.execute("update orders set status = '" + status + "', failure_reason = " + reason);
  }
  [[nodiscard]] esteira::test::HttpAnswer get() const { return fixture.get("/orders/" + id); }
  /// Reads until a response comes from Redis. False when none does.
  [[nodiscard]] bool is_served_from_redis(std::chrono::milliseconds timeout = std::chrono::seconds(20)) const {
    return wait_until([this] { return get().status == 200 && fixture.metric(kHits) > 0; }, timeout);
  }
};

}  // namespace

TEST_CASE("a completed order is served from Redis, also while PostgreSQL is unavailable") {
  CacheFixture cache;
  cache.register_stage("process", "order.created");
  cache.record_result("process", "order.completed");
  cache.set_status("completed");
  const auto first = cache.get();
  REQUIRE(cache.is_served_from_redis());
  cache.fixture.database_proxy.cut();
  const auto cached = cache.get();
  CHECK(cached.status == 200);
  CHECK(cached.body == first.body);
  CHECK(cached.headers.at("etag") == first.headers.at("etag"));
  CHECK(cache.fixture.get("/orders/" + cache.id, {{"If-None-Match", "\"other\""}}).status == 200);
}

TEST_CASE("an order that may still change is never served from Redis") {
  CacheFixture cache;
  cache.register_stage("process", "order.created");
  SECTION("not finished") { cache.record_result("process", "order.completed"); }
  SECTION("failed: it can be redriven") {
    cache.record_result("process", "order.completed", "failed");
    cache.set_status("failed", "'because'");
  }
  SECTION("completed, but a stage bound to order.completed has not processed it") {
    cache.record_result("process", "order.completed");
    cache.register_stage("notify", "order.completed");
    cache.set_status("completed");
  }
  SECTION("completed, but a failed stage can be redriven") {
    cache.record_result("process", "order.completed");
    cache.register_stage("notify", "order.*");
    cache.record_result("notify", "", "failed");
    cache.set_status("completed");
  }
  CHECK_FALSE(cache.is_served_from_redis(std::chrono::milliseconds(500)));
}

TEST_CASE("orders are read from PostgreSQL when Redis is unavailable") {
  const ApiFixture::Settings no_redis{{"REDIS_URL", "redis://127.0.0.1:1"}};
  const ApiFixture fixture(no_redis);
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  CHECK(fixture.get("/orders/" + id).status == 200);
  CHECK(fixture.becomes_ready());
  CHECK(fixture.metric("esteira_cache_lookups_total{result=\"bypass\"}") > 0);
}
