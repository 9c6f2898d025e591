#include <catch2/catch.hpp>

#include "tests/integration/http/sample_server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

using esteira::test::get;
using esteira::test::http_request;
using esteira::test::kBigBody;
using esteira::test::post;
using esteira::test::RawHttp;
using esteira::test::SampleServer;
using esteira::test::wait_until;

TEST_CASE("a connection serves many requests, with responses from several threads") {
  const SampleServer sample;
  RawHttp client(sample.port());
  for (int i = 0; i < 200; ++i) {
    client.send(post(i % 3 == 0 ? "/now" : "/later", std::to_string(i)));
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK(answer->body == std::to_string(i));
  }
}

TEST_CASE("an exception of a handler gives 500 without its text") {
  const SampleServer sample;
  RawHttp client(sample.port());
  for (const auto* path : {"/throw", "/throw-int"}) {
    client.send(get(path));
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK(answer->status == 500);
    CHECK(answer->headers.count("x-request-id") == 1);
    CHECK_THAT(answer->body, !Catch::Contains("secret"));
  }
}

TEST_CASE("a Responder destroyed without a response gives 503") {
  const SampleServer sample;
  const auto answer = http_request(sample.port(), "GET", "/drop");
  CHECK(answer.status == 503);
  CHECK(answer.headers.at("content-type") == "application/problem+json");
  CHECK(wait_until([&] { return http_request(sample.port(), "GET", "/now").status == 200; }));
}

TEST_CASE("a header value cannot inject another header") {
  const SampleServer sample;
  const auto fine = http_request(sample.port(), "GET", "/echo-header?fine");
  CHECK(fine.headers.at("x-echo") == "fine");
  const auto evil = http_request(sample.port(), "GET", "/echo-header?a~Set-Cookie:evil");
  CHECK(evil.status == 200);
  CHECK(evil.headers.count("set-cookie") == 0);
  CHECK(evil.headers.count("x-echo") == 0);
}

TEST_CASE("a response larger than the socket buffer arrives whole") {
  const SampleServer sample;
  RawHttp client(sample.port());
  client.send(get("/big") + post("/now", "next"));
  const auto big = client.receive();
  REQUIRE(big);
  CHECK(big->body == std::string(kBigBody, 'b'));
  const auto next = client.receive();
  REQUIRE(next);
  CHECK(next->body == "next");
}

TEST_CASE("a response to HEAD has no body, and the next response follows its headers") {
  const SampleServer sample;
  RawHttp client(sample.port());
  client.send("HEAD /big HTTP/1.1\r\nHost: x\r\n\r\n" + post("/now", "next"));
  const auto head = client.receive(std::chrono::seconds(20), true);
  REQUIRE(head);
  CHECK(head->headers.at("content-length") == std::to_string(kBigBody));
  const auto next = client.receive();
  REQUIRE(next);
  CHECK(next->body == "next");
}

TEST_CASE("requests are in flight until their response, also when the client has disconnected") {
  SampleServer sample;
  RawHttp client(sample.port());
  client.send(get("/hold"));
  REQUIRE(wait_until([&] { return sample.server().in_flight() == 1; }));
  client.abandon();
  REQUIRE(wait_until([&] { return sample.release(); }));
  CHECK(sample.server().in_flight() == 0);
}
