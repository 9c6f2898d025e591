#include <catch2/catch.hpp>

#include "tests/integration/http/sample_server.hpp"
#include "tests/support/http_client.hpp"

using esteira::test::get;
using esteira::test::http_request;
using esteira::test::HttpAnswer;
using esteira::test::on_a_free_port;
using esteira::test::post;
using esteira::test::RawHttp;
using esteira::test::SampleServer;

namespace {

const std::string chunked_post = "POST /now HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("a chunked request is served, and the pipelined ones behind it") {
  const SampleServer sample;
  RawHttp client(sample.port());
  client.send(chunked_post + "3;a=b\r\none\r\n0\r\nX-Sum: 1\r\n\r\n" + post("/later", "two") + chunked_post +
              "5\r\nthree\r\n0\r\n\r\n");
  for (const auto* expected : {"one", "two", "three"}) {
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == expected);
    CHECK(answer->headers.at("connection") == "keep-alive");
  }
}

TEST_CASE("a chunked request that arrives byte by byte is served") {
  auto options = on_a_free_port();
  options.threads = 1;
  const SampleServer sample(options);
  RawHttp client(sample.port());
  for (const char byte : chunked_post + "6\r\nslowly\r\n0\r\n\r\n") client.send({&byte, 1});
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->body == "slowly");
}

TEST_CASE("a chunked request that lacks its last byte does not block the server") {
  auto options = on_a_free_port();
  options.threads = 1;
  const SampleServer sample(options);
  RawHttp client(sample.port());
  client.send(chunked_post + "5\r\nhello\r\n0\r\n\r");
  CHECK(http_request(sample.port(), "POST", "/now", "alive").body == "alive");
  client.send("\n");
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->body == "hello");
}

TEST_CASE("a client that expects 100-continue may send chunks") {
  const SampleServer sample;
  RawHttp client(sample.port());
  client.send("POST /now HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  const auto interim = client.receive();
  REQUIRE(interim);
  CHECK(interim->status == 100);
  client.send("4\r\nbody\r\n0\r\n\r\n");
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->body == "body");
}

TEST_CASE("a request with both Transfer-Encoding and Content-Length gives 400 and closes") {
  const SampleServer sample;
  RawHttp client(sample.port());
  client.send("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
              get("/smuggled"));
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->status == 400);
  CHECK(answer->headers.at("connection") == "close");
  CHECK_FALSE(client.receive());
  CHECK(sample.handled() == 0);
}

TEST_CASE("a chunked body has the limits of every body") {
  auto options = on_a_free_port();
  options.max_body = 100;
  options.receive_timeout = std::chrono::milliseconds(300);
  const SampleServer sample(options);
  RawHttp large(sample.port());
  large.send(chunked_post + "64\r\n" + std::string(100, 'a') + "\r\n1\r\n" + get("/smuggled"));
  const auto rejected = large.receive();
  REQUIRE(rejected);
  CHECK(rejected->status == 413);
  RawHttp slow(sample.port());
  slow.send(chunked_post);
  std::optional<HttpAnswer> late;
  for (int i = 0; i < 2000 && !late; ++i) {
    slow.send(i == 0 ? "1;" : "e");
    late = slow.receive(std::chrono::milliseconds(10));
  }
  REQUIRE(late);
  CHECK(late->status == 408);
  CHECK(sample.handled() == 0);
}
