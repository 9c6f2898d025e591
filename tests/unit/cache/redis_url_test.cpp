#include "runtime/cache/redis_url.hpp"

#include <catch2/catch.hpp>

#include "runtime/config/config.hpp"

using Catch::Contains;
using esteira::runtime::ConfigError;
using esteira::runtime::cache::RedisUrl;

TEST_CASE("all parts of a Redis URL are parsed") {
  const auto url = RedisUrl::parse("redis://me:a%40b@cache:6380/2");
  CHECK(url.user == "me");
  CHECK(url.password == "a@b");
  CHECK(url.host == "cache");
  CHECK(url.port == 6380);
  CHECK(url.database == 2);
}

TEST_CASE("a Redis URL may consist of a host only or have an IPv6 host") {
  CHECK(RedisUrl::parse("redis://cache").port == 6379);
  CHECK(RedisUrl::parse("redis://:secret@cache").password == "secret");
  CHECK(RedisUrl::parse("redis://[::1]:7000").host == "::1");
  CHECK(RedisUrl::parse("redis://[::1]").port == 6379);
}

TEST_CASE("an invalid Redis URL is refused with an error that does not contain it") {
  const auto url = GENERATE("", "s3cret", "http://s3cret", "redis://", "redis://s3cret:x", "redis://:s3cret%4@h",
                            "redis://s3cret:70000", "redis://s3cret:", "redis://:s3cret%00@h", "redis://h\n/s3cret",
                            "redis://h/s3cret", "redis://:s3cret@h/0?s3cret=1", "redis://:s3cret@h/0?db=x",
                            "redis://:s3cret@h/0?db", "redis://:s3cret@h/-1");
  CAPTURE(url);
  CHECK_THROWS_AS(RedisUrl::parse(url), ConfigError);
  CHECK_THROWS_WITH(RedisUrl::parse(url), Contains("REDIS_URL") && !Contains("s3cret"));
}

TEST_CASE("a Redis URL may name its database as an option") {
  CHECK(RedisUrl::parse("redis://h?db=3").database == 3);
  CHECK(RedisUrl::parse("redis://h/?db=3").database == 3);
  CHECK(RedisUrl::parse("redis://h/").database == 0);
}

TEST_CASE("an option of a Redis URL that has no effect is refused by its name") {
  CHECK_THROWS_WITH(RedisUrl::parse("redis://h/0?socket_timeout=5"),
                    Contains("the option \"socket_timeout\" is not supported"));
}

TEST_CASE("a Redis URL chooses TLS by the scheme, with the same port") {
  const auto url = RedisUrl::parse("rediss://:secret@cache/2");
  CHECK(url.tls);
  CHECK(url.port == 6379);
  CHECK(url.database == 2);
  CHECK(url.ca_file.empty());
  CHECK_FALSE(RedisUrl::parse("redis://cache").tls);
}
