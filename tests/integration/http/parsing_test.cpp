#include <sys/socket.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>

#include "runtime/config/config.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/integration/http/sample_server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

using esteira::test::get;
using esteira::test::http_request;
using esteira::test::on_a_free_port;
using esteira::test::post;
using esteira::test::RawHttp;
using esteira::test::SampleServer;
using esteira::test::wait_until;

TEST_CASE("bytes after a rejected body are not parsed as a request") {
  auto options = on_a_free_port();
  options.max_body = 100;
  const SampleServer sample(options);
  RawHttp client(sample.port());
  client.send("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n");
  client.send(get("/smuggled") + get("/smuggled"));
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->status == 413);
  CHECK(answer->headers.at("connection") == "close");
  CHECK_FALSE(client.receive());
  CHECK(sample.handled() == 0);
}

TEST_CASE("an error response reaches a client that is still sending its body") {
  const SampleServer sample;
  RawHttp client(sample.port());
  client.send("POST /now HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\nContent-Length: 80000000000\r\n\r\n");
  for (int i = 0; i < 100; ++i) client.send(std::string(20'000, 'x'));
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->status == 413);
  CHECK(answer->headers.at("content-type") == "application/problem+json");
  CHECK(answer->headers.at("x-request-id") == "mine");
}

TEST_CASE("pipelined requests are answered in order, even when the first one takes longest") {
  SampleServer sample;
  RawHttp client(sample.port());
  client.send(post("/hold", "one") + post("/now", "two") + post("/later", "three") + post("/now", "four"));
  while (!sample.release()) std::this_thread::yield();
  for (const auto* expected : {"one", "two", "three", "four"}) {
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK(answer->body == expected);
    CHECK(answer->headers.at("connection") == "keep-alive");
  }
}

TEST_CASE("a client may pipeline a thousand requests") {
  const SampleServer sample;
  RawHttp client(sample.port());
  const std::string body(1000, 'a');
  std::thread sender([&] {
    for (int i = 0; i < 1000; ++i) client.send(post(i % 2 == 0 ? "/later" : "/now", body + std::to_string(i)));
  });
  int right = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto answer = client.receive();
    if (!answer) break;
    if (answer->body == body + std::to_string(i)) ++right;
  }
  sender.join();
  CHECK(right == 1000);
}

TEST_CASE("a request that arrives byte by byte is served") {
  const SampleServer sample;
  RawHttp client(sample.port());
  for (const char byte : post("/now", "slowly")) client.send({&byte, 1});
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->body == "slowly");
}

TEST_CASE("a client that expects 100-continue gets it") {
  const SampleServer sample;
  RawHttp client(sample.port());
  client.send("POST /now HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  const auto interim = client.receive();
  REQUIRE(interim);
  CHECK(interim->status == 100);
  client.send("body");
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->body == "body");
}

TEST_CASE("an HTTP/1.0 request is answered and the connection closed") {
  const SampleServer sample;
  RawHttp client(sample.port());
  client.send("GET /now HTTP/1.0\r\n\r\n");
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->headers.at("connection") == "close");
  CHECK(esteira::runtime::is_uuid(answer->headers.at("x-request-id")));
  CHECK(client.closed());
}

TEST_CASE("a client that half-closed its connection gets the responses to what it sent") {
  const SampleServer sample;
  const auto client = esteira::test::Socket::connect(sample.port());
  const auto bytes = post("/later", "first") + post("/later", "second");
  REQUIRE(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  REQUIRE(::shutdown(client.get(), SHUT_WR) == 0);
  std::string received;
  std::array<char, 4096> buffer{};
  for (auto got = ::recv(client.get(), buffer.data(), buffer.size(), 0); got > 0;
       got = ::recv(client.get(), buffer.data(), buffer.size(), 0)) {
    received.append(buffer.data(), static_cast<std::size_t>(got));
  }
  CHECK_THAT(received, Catch::Contains("first") && Catch::EndsWith("second"));
}

TEST_CASE("a connection beyond the limit gets 503 and is closed while all others have a request in flight") {
  auto options = on_a_free_port();
  options.max_connections = 1;
  std::atomic<int> refused = 0;
  options.on_dropped = [&refused](auto dropped) {
    refused += dropped == esteira::runtime::http::ServerOptions::Dropped::refused ? 1 : 0;
  };
  SampleServer sample(options);
  RawHttp first(sample.port());
  first.send(post("/hold", "held"));
  REQUIRE(wait_until([&] { return sample.handled() == 1; }));
  RawHttp second(sample.port());
  const auto rejected = second.receive();
  REQUIRE(rejected);
  CHECK(rejected->status == 503);
  CHECK(rejected->headers.at("retry-after") == "1");
  CHECK(second.closed());
  CHECK(refused == 1);
  CHECK(sample.release());
  CHECK(first.receive());
}

TEST_CASE("at the limit the connection that is idle longest makes room for a new one") {
  auto options = on_a_free_port();
  options.max_connections = 3;
  std::atomic<int> closed = 0;
  options.on_dropped = [&closed](auto dropped) {
    closed += dropped == esteira::runtime::http::ServerOptions::Dropped::idle ? 1 : 0;
  };
  const SampleServer sample(options);
  RawHttp used(sample.port());
  used.send(get("/now"));
  REQUIRE(used.receive());
  RawHttp silent(sample.port());
  silent.send(get("/now"));
  REQUIRE(silent.receive());
  RawHttp begun(sample.port());
  begun.send(get("/now"));
  REQUIRE(begun.receive());
  begun.send("GET /now HT");
  used.send(get("/now"));
  REQUIRE(used.receive());
  RawHttp fourth(sample.port());
  fourth.send(get("/now"));
  CHECK(fourth.receive().value().status == 200);
  CHECK(silent.closed());
  used.send(get("/now"));
  CHECK(used.receive().value().status == 200);
  CHECK(closed == 1);
}

TEST_CASE("a request with priority is served while all connections have a request in flight") {
  auto options = on_a_free_port();
  options.max_connections = 2;
  options.has_priority = [](const auto& request) { return request.path == "/now"; };
  SampleServer sample(options);
  RawHttp first(sample.port());
  RawHttp second(sample.port());
  first.send(post("/hold", "one"));
  second.send(post("/hold", "two"));
  REQUIRE(wait_until([&] { return sample.handled() == 2; }));
  RawHttp health(sample.port());
  health.send(get("/now"));
  CHECK(health.receive().value().status == 200);
  CHECK(health.closed());
  RawHttp other(sample.port());
  other.send(get("/later"));
  CHECK(other.receive().value().status == 503);
  CHECK(other.closed());
  CHECK(sample.release());
  CHECK(sample.release());
}

TEST_CASE("an address in use is named in the error") {
  const SampleServer sample;
  auto options = on_a_free_port();
  options.listen.port = sample.port();
  CHECK_THROWS_WITH(SampleServer(options),
                    Catch::Contains("cannot listen on 127.0.0.1:" + std::to_string(sample.port())));
}

TEST_CASE("a server can listen on all addresses of IPv6") {
  auto options = on_a_free_port();
  options.listen = {"::", 0};
  const SampleServer sample(options);
  CHECK(http_request(sample.port(), "POST", "/now", "both").body == "both");
}
