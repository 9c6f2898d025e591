#include "runtime/cache/redis.hpp"

#include <catch2/catch.hpp>

#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/process.hpp"
#include "tests/support/socket.hpp"
#include "tests/support/wait.hpp"

using esteira::runtime::cache::Redis;
using esteira::runtime::cache::RedisError;
using esteira::runtime::cache::RedisUrl;
using namespace std::chrono_literals;

TEST_CASE("get returns values byte by byte and nothing for missing keys") {
  Redis redis(RedisUrl::parse(esteira::test::redis_url()), 20s);
  const auto key = esteira::test::unique_name("key");
  const std::string odd("a\0b\r\n\xff", 6);
  redis.set({{key, odd}, {key + "-empty", ""}}, 60s);
  CHECK(redis.get({key + "-none", key, key + "-empty"}) ==
        std::vector<std::optional<std::string>>{std::nullopt, odd, ""});
  CHECK(redis.get({}).empty());
}

TEST_CASE("entries expire after their ttl") {
  Redis redis(RedisUrl::parse(esteira::test::redis_url()), 20s);
  const auto key = esteira::test::unique_name("key");
  redis.set({{key, "soon gone"}}, 5ms);
  CHECK(esteira::test::wait_until([&] { return !redis.get({key}).front(); }));
}

TEST_CASE("a refused or failed connection throws RedisError without the password") {
  const auto url = GENERATE(as<std::string>(), "redis://:s3cret@127.0.0.1:1",
                            "redis://someone:s3cret@" + esteira::test::redis_url().substr(8));
  CHECK_THROWS_AS(Redis(RedisUrl::parse(url), 20s), RedisError);
  CHECK_THROWS_WITH(Redis(RedisUrl::parse(url), 20s), !Catch::Contains("s3cret"));
}

namespace {

/// A user of Redis with these rights, deleted at the end.
class RedisUser {
 public:
  explicit RedisUser(std::vector<std::string> rights) {
    rights.insert(rights.begin(), {"ACL", "SETUSER", name_, "on", ">s3cret"});
    run(rights);
  }
  ~RedisUser() { run({"ACL", "DELUSER", name_}); }
  RedisUser(const RedisUser&) = delete;
  RedisUser& operator=(const RedisUser&) = delete;
  [[nodiscard]] RedisUrl url() const {
    auto url = RedisUrl::parse(esteira::test::redis_url());
    url.user = name_;
    url.password = "s3cret";
    return url;
  }

 private:
  static void run(std::vector<std::string> words) {
    words.insert(words.begin(), {"-u", esteira::test::redis_url()});
    esteira::test::Process process("/usr/bin/redis-cli", words, {});
    process.wait(20s);
  }
  std::string name_ = esteira::test::unique_name("user");
};

}  // namespace

TEST_CASE("a Redis user needs the right to mget and set our keys, and no other") {
  const RedisUser user({"~esteira:*", "+mget", "+set"});
  Redis redis(user.url(), 20s);
  const auto key = "esteira:" + esteira::test::unique_name("key");
  redis.set({{key, "kept"}}, 60s);
  CHECK(redis.get({key}).front() == "kept");
}

TEST_CASE("an error for a missing right or a wrong password of Redis names the remedy") {
  const RedisUser user({"~esteira:*", "+get", "+ping"});
  Redis redis(user.url(), 20s);
  CHECK_THROWS_WITH(redis.get({"esteira:x"}), Catch::Contains("NOPERM") && Catch::Contains("+mget +set ~esteira:*"));
  auto wrong = user.url();
  wrong.password = "other";
  CHECK_THROWS_WITH(Redis(wrong, 20s), Catch::Contains("correct user and password in REDIS_URL"));
}
