#include "runtime/cache/redis_worker.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/support/environment.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/wait.hpp"

using esteira::runtime::cache::Redis;
using esteira::runtime::cache::RedisUrl;
using esteira::runtime::cache::RedisWorker;
using esteira::test::TcpProxy;
using esteira::test::wait_until;

namespace {

/// A lane that asks Redis for a key for each item, through a proxy.
struct ProxiedLane {
  TcpProxy proxy{"127.0.0.1", static_cast<std::uint16_t>(RedisUrl::parse(esteira::test::redis_url()).port)};
  int submitted = 0;
  std::atomic<int> served = 0;
  std::atomic<int> on_bypass = 0;
  RedisWorker<std::string> lane{{.name = "a test",
                                 .url = RedisUrl::parse("redis://127.0.0.1:" + std::to_string(proxy.port())),
                                 .timeout = std::chrono::milliseconds(500)},
                                [this](Redis& redis, std::vector<std::string>& batch) {
                                  redis.get(batch);
                                  served += static_cast<int>(batch.size());
                                },
                                [this](std::string&&) { ++on_bypass; }};

  void submit() {
    ++submitted;
    lane.submit("a key");
  }
  bool serves() {
    const int before = served;
    return wait_until([&] {
      submit();
      return served > before;
    });
  }
};

}  // namespace

TEST_CASE("items are served as soon as Redis is there") {
  ProxiedLane room;
  CHECK(room.serves());
}

TEST_CASE("items are let by while Redis is away, and served when it is back") {
  ProxiedLane room;
  REQUIRE(room.serves());
  room.proxy.cut();
  const int before = room.on_bypass;
  CHECK(wait_until([&] {
    room.submit();
    return room.on_bypass > before;
  }));
  room.proxy.restore();
  CHECK(room.serves());
}

TEST_CASE("a Redis that hangs holds items only for the timeout, and then not at all") {
  ProxiedLane room;
  REQUIRE(room.serves());
  room.proxy.freeze();
  const int before = room.on_bypass;
  room.submit();
  CHECK(wait_until([&] { return room.on_bypass > before; }));
  const int after = room.on_bypass;
  room.submit();
  CHECK(room.on_bypass > after);  // at once: nobody waits for the next connection
  room.proxy.thaw();
  CHECK(room.serves());
}

TEST_CASE("a lane that stops leaves nothing behind") {
  ProxiedLane room;
  REQUIRE(room.serves());
  for (int i = 0; i < 100; ++i) room.submit();
  room.lane.stop();
  CHECK(room.served + room.on_bypass == room.submitted);
}
