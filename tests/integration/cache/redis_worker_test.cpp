#include "runtime/cache/redis_worker.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/support/environment.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/written_stderr.hpp"

using esteira::runtime::cache::Redis;
using esteira::runtime::cache::RedisError;
using esteira::runtime::cache::RedisUrl;
using esteira::runtime::cache::RedisWorker;
using esteira::test::TcpProxy;
using esteira::test::wait_until;

namespace {

/// A worker that gets one key of Redis for each item, through a proxy.
struct ProxiedWorker {
  TcpProxy proxy{"127.0.0.1", static_cast<std::uint16_t>(RedisUrl::parse(esteira::test::redis_url()).port)};
  int submitted = 0;
  std::atomic<int> served = 0;
  std::atomic<int> bypassed = 0;
  RedisWorker<std::string> worker{{.name = "a test",
                                   .url = RedisUrl::parse("redis://127.0.0.1:" + std::to_string(proxy.port())),
                                   .timeout = std::chrono::milliseconds(500)},
                                  [this](Redis& redis, std::vector<std::string>& batch) {
                                    redis.get(batch);
                                    served += static_cast<int>(batch.size());
                                  },
                                  [this](std::string&&) { ++bypassed; }};

  void submit() {
    ++submitted;
    worker.submit("a key");
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

TEST_CASE("items are served as soon as Redis is connected") {
  ProxiedWorker fixture;
  CHECK(fixture.serves());
}

TEST_CASE("without a right that it needs a worker says so when it connects, before the first item") {
  esteira::test::WrittenStderr writes;
  RedisWorker<std::string> worker(
      {.name = "a test",
       .url = RedisUrl::parse(esteira::test::redis_url()),
       .check = [](Redis&) { throw RedisError("no right"); }},
      [](Redis&, std::vector<std::string>&) {}, [](std::string&&) {});
  std::string line;
  CHECK(wait_until([&] { return !(line = writes.next()).empty(); }));
  CHECK_THAT(line, Catch::Contains("Redis is not available") && Catch::Contains("no right"));
}

TEST_CASE("items bypass Redis while it is away and are served when it is back") {
  ProxiedWorker fixture;
  REQUIRE(fixture.serves());
  fixture.proxy.cut();
  const int before = fixture.bypassed;
  CHECK(wait_until([&] {
    fixture.submit();
    return fixture.bypassed > before;
  }));
  fixture.proxy.restore();
  CHECK(fixture.serves());
}

TEST_CASE("a hanging Redis delays items by one timeout and later items not at all") {
  ProxiedWorker fixture;
  REQUIRE(fixture.serves());
  fixture.proxy.freeze();
  const int before = fixture.bypassed;
  fixture.submit();
  CHECK(wait_until([&] { return fixture.bypassed > before; }));
  const int after = fixture.bypassed;
  fixture.submit();
  CHECK(fixture.bypassed > after);  // at once, without waiting for the next connection
  fixture.proxy.thaw();
  CHECK(fixture.serves());
}

TEST_CASE("stopping the worker serves or bypasses every item") {
  ProxiedWorker fixture;
  REQUIRE(fixture.serves());
  for (int i = 0; i < 100; ++i) fixture.submit();
  fixture.worker.stop();
  CHECK(fixture.served + fixture.bypassed == fixture.submitted);
}
