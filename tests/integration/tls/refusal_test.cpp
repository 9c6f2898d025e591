#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/consumer.hpp"
#include "runtime/cache/redis.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/socket.hpp"
#include "tests/support/tls_server.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {
namespace {

using Catch::Contains;
using Catch::EndsWith;
using runtime::amqp::BrokerUrl;
using runtime::cache::RedisUrl;

constexpr auto kNoCaFile = "";

std::string to_server(const std::string& scheme, std::uint16_t port, const std::string& host = "127.0.0.1") {
  return scheme + "://me:hush@" + host + ":" + std::to_string(port);
}

/// Why there is no connection, once it is one line without the password.
std::string checked(const std::string& reason) {
  CHECK_THAT(reason, !Contains("hush") && !Contains("\n"));
  return reason;
}

std::string broker_refusal(const std::string& url, const std::string& ca_file) {
  runtime::amqp::Connection::Options options;
  options.url = BrokerUrl::parse(url);
  options.url.ca_file = ca_file;
  try {
    const runtime::amqp::Connection connection(options);
  } catch (const runtime::amqp::BrokerError& error) {
    return checked(error.what());
  }
  return "connected";
}

std::string redis_refusal(const std::string& url, const std::string& ca_file) {
  auto parsed = RedisUrl::parse(url);
  parsed.ca_file = ca_file;
  try {
    const runtime::cache::Redis redis(parsed, std::chrono::seconds(5));
  } catch (const runtime::cache::RedisError& error) {
    return checked(error.what());
  }
  return "connected";
}

/// Both clients, to the same server, get this reason; NAME stands for RABBITMQ or REDIS.
void check_both(std::uint16_t port, const std::string& ca_file, const std::string& expected,
                const std::string& host = "127.0.0.1") {
  const auto named = [&expected](const std::string& name) {
    auto text = expected;
    for (auto at = text.find("NAME"); at != std::string::npos; at = text.find("NAME")) text.replace(at, 4, name);
    return text;
  };
  CHECK_THAT(broker_refusal(to_server("amqps", port, host), ca_file), EndsWith(named("RABBITMQ")));
  CHECK_THAT(redis_refusal(to_server("rediss", port, host), ca_file), EndsWith(named("REDIS")));
}

}  // namespace

TEST_CASE("a server whose certificate has an unknown authority is refused with the setting to correct") {
  const TestCertificates certificates;
  const TlsServer server(certificates);
  check_both(server.port(), kNoCaFile,
             "the certificate of 127.0.0.1 is not accepted: unable to get local issuer certificate (CN=esteira.test); "
             "name the file with the certificate of its authority in NAME_CA_FILE");
  check_both(server.port(), certificates.path_of("other-ca.pem"),
             "the certificate of 127.0.0.1 is not accepted: unable to get local issuer certificate (CN=esteira.test); "
             "NAME_CA_FILE should contain the certificate of its authority");
}

TEST_CASE("a server whose certificate is for another host is refused") {
  const TestCertificates certificates;
  const TlsServer server(certificates);
  check_both(server.port(), certificates.path_of("ca.pem"),
             "the certificate of localhost is for another name (CN=esteira.test); correct the host in NAME_URL, or let "
             "the certificate name it",
             "localhost");
}

TEST_CASE("a server whose certificate has expired is refused with the date") {
  const TestCertificates certificates;
  const TlsServer server(certificates, "expired.pem");
  const auto ca = certificates.path_of("ca.pem");
  for (const auto& reason :
       {broker_refusal(to_server("amqps", server.port()), ca), redis_refusal(to_server("rediss", server.port()), ca)}) {
    CHECK_THAT(reason, Contains("certificate has expired (CN=esteira.test, valid until ") && EndsWith("; renew it"));
  }
}

TEST_CASE("a server without TLS 1.2 is refused") {
  const TestCertificates certificates;
  const TlsServer server(certificates, "server.pem", {"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"});
  check_both(server.port(), certificates.path_of("ca.pem"), "the server offers no TLS 1.2 or later; allow it there");
}

TEST_CASE("a server that requires a certificate of the client is refused with the remedy") {
  const auto version = GENERATE("-tls1_2", "-tls1_3");
  const TestCertificates certificates;
  const auto ca = certificates.path_of("ca.pem");
  const TlsServer server(certificates, "server.pem", {version, "-Verify", "1", "-verify_return_error", "-CAfile", ca});
  const auto expected = EndsWith("let the server verify no clients");
  CHECK_THAT(broker_refusal(to_server("amqps", server.port()), ca), expected);
  CHECK_THAT(redis_refusal(to_server("rediss", server.port()), ca), expected);
}

TEST_CASE("a CA file that was removed or damaged is named, with the reason") {
  const TestCertificates certificates;
  const TlsServer server(certificates);
  check_both(
      server.port(), certificates.path_of("none.pem"),
      "NAME_CA_FILE names a file that cannot be used (No such file or directory); it should contain certificates "
      "in PEM");
  check_both(server.port(), certificates.path_of("server.key"),
             "NAME_CA_FILE names a file that cannot be used (no certificate or crl found); it should contain "
             "certificates in PEM");
}

TEST_CASE("TLS to a port without TLS is refused with the setting to correct") {
  CHECK_THAT(broker_refusal("amqps" + rabbitmq_url().substr(4), kNoCaFile),
             EndsWith("the port does not speak TLS; correct the port or the scheme in RABBITMQ_URL"));
  CHECK_THAT(redis_refusal("rediss" + redis_url().substr(5), kNoCaFile),
             EndsWith("the server does not answer in the TLS handshake; if its port does not speak TLS, correct "
                      "REDIS_URL"));
}

TEST_CASE("a plain connection to a port for TLS is refused with the scheme to write") {
  const TestCertificates certificates;
  const TlsServer server(certificates);
  CHECK_THAT(broker_refusal(to_server("amqp", server.port()), kNoCaFile),
             EndsWith("; if the port expects TLS, write amqps:// in RABBITMQ_URL"));
  CHECK_THAT(redis_refusal(to_server("redis", server.port()), kNoCaFile),
             EndsWith("; if the port expects TLS, write rediss:// in REDIS_URL"));
}

TEST_CASE("a server that is absent has the same reason with TLS as without") {
  CHECK_THAT(broker_refusal("amqps://127.0.0.1:1,no-such-host.invalid/", kNoCaFile),
             Contains("127.0.0.1:1: Connection refused") &&
                 Contains("no-such-host.invalid:5671: the host name cannot be resolved"));
  CHECK(redis_refusal("rediss://127.0.0.1:1", kNoCaFile) == "Connection refused");
}

TEST_CASE("a stop ends a TLS handshake that the server does not answer") {
  const auto silent = Socket::listen(0);
  runtime::amqp::Consumer::Options options;
  options.url = BrokerUrl::parse(to_server("amqps", silent.port()));
  options.url.connect_timeout = std::chrono::minutes(10);
  options.topology = {.exchange = "none", .stage = "work", .consumes = {"work.wanted"}, .retry_delays = {}};
  runtime::Metrics metrics;
  runtime::amqp::Consumer consumer(
      options, [](auto&&) {}, metrics);
  consumer.start();
  const Socket accepted(::accept(silent.get(), nullptr, nullptr));
  std::array<char, 1> first{};
  REQUIRE(::recv(accepted.get(), first.data(), first.size(), 0) == 1);
  CHECK(first[0] == '\x16');
  consumer.stop(std::chrono::minutes(10));
  CHECK_FALSE(consumer.connected());
}

}  // namespace esteira::test
