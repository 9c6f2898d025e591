#include <catch2/catch.hpp>

#include "tests/integration/http/sample_server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

using esteira::test::get;
using esteira::test::on_a_free_port;
using esteira::test::post;
using esteira::test::RawHttp;
using esteira::test::SampleServer;
using esteira::test::wait_until;
using std::chrono::milliseconds;

TEST_CASE("a request that does not arrive in time gives 408, even while bytes keep arriving") {
  auto options = on_a_free_port();
  options.receive_timeout = milliseconds(300);
  const SampleServer sample(options);
  RawHttp client(sample.port());
  client.send("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  std::optional<esteira::test::HttpAnswer> answer;
  for (int i = 0; i < 2000 && !answer; ++i) {
    client.send("x");
    answer = client.receive(milliseconds(10));
  }
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(sample.handled() == 0);
}

TEST_CASE("an idle connection is closed without a response, before and after a request") {
  auto options = on_a_free_port();
  options.idle_timeout = milliseconds(200);
  const SampleServer sample(options);
  RawHttp silent(sample.port());
  RawHttp spoke(sample.port());
  spoke.send(get("/now"));
  REQUIRE(spoke.receive());
  CHECK_FALSE(silent.receive());
  CHECK_FALSE(spoke.receive());
  CHECK(spoke.closed());
}

TEST_CASE("a handler that takes too long gives 503, and its late response is discarded") {
  auto options = on_a_free_port();
  options.response_timeout = milliseconds(200);
  SampleServer sample(options);
  RawHttp client(sample.port());
  client.send(post("/hold", "late") + post("/now", "next"));
  const auto timed_out = client.receive();
  REQUIRE(timed_out);
  CHECK(timed_out->status == 503);
  CHECK(sample.release());
  const auto next = client.receive();
  REQUIRE(next);
  CHECK(next->body == "next");
}

TEST_CASE("a client that does not read its response is disconnected and does not block others") {
  auto options = on_a_free_port();
  options.threads = 1;
  options.max_connections = 2;
  options.send_timeout = milliseconds(500);
  const SampleServer sample(options);
  RawHttp slow_reader(sample.port());
  for (int i = 0; i < 4; ++i) slow_reader.send(get("/big"));
  RawHttp neighbour(sample.port());
  for (int i = 0; i < 100; ++i) {
    neighbour.send(get("/now"));
    REQUIRE(neighbour.receive());
  }
  // A request in flight: this connection does not make room for another one.
  neighbour.send(get("/hold"));
  REQUIRE(wait_until([&] { return sample.handled() > 101; }));
  // A third connection is accepted once the first is closed.
  CHECK(wait_until([&] {
    RawHttp third(sample.port());
    third.send(get("/now"));
    const auto answer = third.receive();
    return answer && answer->status == 200;
  }));
  CHECK(slow_reader.closed());
  CHECK(sample.handled() < 106);
}
