#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "runtime/cache/redis_worker.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

using runtime::cache::Redis;
using runtime::cache::RedisUrl;
using std::chrono::seconds;

TEST_CASE("the cache works over TLS, encrypted, and again after Redis was away") {
  std::signal(SIGPIPE, SIG_IGN);  // as the programs do
  Servers servers("tls_redis", {"redis", "tls"});
  auto proxy = proxy_to(servers.redis_tls_url());
  proxy.record();
  auto url = RedisUrl::parse(through(servers.redis_tls_url(), proxy.port()));
  url.ca_file = servers.ca_file();
  const std::string megabyte(1 << 20, 'x');
  {
    Redis redis(url, seconds(20));
    redis.set({{"order-in-plain-text", megabyte}, {"empty", ""}, {"odd", std::string("a\0b\r\n\xff", 6)}}, seconds(60));
    const auto found = redis.get({"order-in-plain-text", "empty", "odd", "none"});
    CHECK(found.at(0) == megabyte);
    CHECK(found.at(1) == "");
    CHECK(found.at(2) == std::string("a\0b\r\n\xff", 6));
    CHECK_FALSE(found.at(3));
    servers.kill("redis");
    CHECK_THROWS_AS(redis.get({"empty"}), runtime::cache::RedisError);
  }
  servers.start("redis");
  Redis again(url, seconds(20));
  again.set({{"order-in-plain-text", "1"}}, seconds(60));
  CHECK(again.get({"order-in-plain-text"}).front() == "1");

  ::setenv("SSL_CERT_FILE", url.ca_file.c_str(), 1);  // OpenSSL's variable for the store of the system
  url.ca_file.clear();
  CHECK(Redis(url, seconds(20)).get({"order-in-plain-text"}).front() == "1");
  ::unsetenv("SSL_CERT_FILE");

  const auto sent = proxy.recorded_from_clients();
  CHECK(sent.front() == '\x16');
  CHECK(sent.find("order-in-plain-text") == std::string::npos);
  CHECK(sent.find("PING") == std::string::npos);
  CHECK(proxy.recorded_from_server().find("xxxxxxxx") == std::string::npos);
}

}  // namespace esteira::test
