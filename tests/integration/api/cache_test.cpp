#include <catch2/catch.hpp>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::wait_until;

namespace {

constexpr auto kHits = "esteira_cache_lookups_total{result=\"hit\"}";

/// An API with a cache, and orders that stages have worked on.
struct CacheRoom {
  ApiFixture fixture{{{"REDIS_URL", esteira::test::redis_url()}, {"ESTEIRA_CACHE_TIMEOUT", "5s"}}};
  std::string id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));

  void stage_listens(const std::string& stage, const std::string& key) {
    fixture.database.execute("insert into known_stages (exchange, stage, retry_delays, consumes) values ('orders', '" +
                             stage + "', '{}', '{" + key + "}')");
  }
  void stage_is_done(const std::string& stage, const std::string& publishes, const std::string& outcome = "done") {
    fixture.database.execute(
        "insert into order_events (order_id, stage, redrive, retry, outcome, attempt, routing_key)"
        " values ('" +
        id + "', '" + stage + "', 0, 0, '" + outcome + "', 1, '" + publishes + "')");
  }
  void status_is(const std::string& status, const std::string& reason = "null") {
    fixture.database.execute("update orders set status = '" + status + "', failure_reason = " + reason);
  }
  [[nodiscard]] esteira::test::HttpAnswer get() const { return fixture.get("/orders/" + id); }
  /// Reads until an answer comes from Redis; false when none does.
  [[nodiscard]] bool gets_cached(std::chrono::milliseconds timeout = std::chrono::seconds(20)) const {
    return wait_until([this] { return get().status == 200 && fixture.metric(kHits) > 0; }, timeout);
  }
};

}  // namespace

TEST_CASE("a finished order is read from Redis, the same as from PostgreSQL, also without PostgreSQL") {
  CacheRoom room;
  room.stage_listens("process", "order.created");
  room.stage_is_done("process", "order.completed");
  room.status_is("completed");
  const auto first = room.get();
  REQUIRE(room.gets_cached());
  room.fixture.database_proxy.cut();
  const auto cached = room.get();
  CHECK(cached.status == 200);
  CHECK(cached.body == first.body);
  CHECK(cached.headers.at("etag") == first.headers.at("etag"));
  CHECK(room.fixture.get("/orders/" + room.id, {{"If-None-Match", "\"other\""}}).status == 200);
}

TEST_CASE("an order that may still change is never read from Redis") {
  CacheRoom room;
  room.stage_listens("process", "order.created");
  SECTION("not finished") { room.stage_is_done("process", "order.completed"); }
  SECTION("failed: it can be sent back to work") {
    room.stage_is_done("process", "order.completed", "failed");
    room.status_is("failed", "'because'");
  }
  SECTION("completed, but a stage that listens to its end has not had it") {
    room.stage_is_done("process", "order.completed");
    room.stage_listens("notify", "order.completed");
    room.status_is("completed");
  }
  SECTION("completed, but a stage failed that can be redriven") {
    room.stage_is_done("process", "order.completed");
    room.stage_listens("notify", "order.*");
    room.stage_is_done("notify", "", "failed");
    room.status_is("completed");
  }
  CHECK_FALSE(room.gets_cached(std::chrono::milliseconds(500)));
}

TEST_CASE("orders are read without Redis when it is not there") {
  const ApiFixture::Settings no_redis{{"REDIS_URL", "redis://127.0.0.1:1"}};
  const ApiFixture fixture(no_redis);
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  CHECK(fixture.get("/orders/" + id).status == 200);
  CHECK(fixture.becomes_ready());
  CHECK(fixture.metric("esteira_cache_lookups_total{result=\"bypass\"}") > 0);
}
