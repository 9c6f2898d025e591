#include "bench/load/response_reader.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

namespace {

using esteira::bench::ResponseReader;

const std::string whole_answer =
    "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\ncontent-length: 5\r\n\r\nhello";
const std::string empty_answer =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

}  // namespace

TEST_CASE("a response is parsed however its bytes are split") {
  for (std::size_t cut = 0; cut < whole_answer.size(); ++cut) {
    ResponseReader reader;
    reader.feed(std::string_view(whole_answer).substr(0, cut));
    REQUIRE_FALSE(reader.next());
    reader.feed(std::string_view(whole_answer).substr(cut));
    const auto response = reader.next();
    REQUIRE(response);
    CHECK(response->status == 202);
    CHECK(response->body == "hello");
    CHECK(response->keep_alive);
    CHECK_FALSE(response->retry_after);
  }
}

TEST_CASE("responses in one read are parsed separately") {
  ResponseReader reader;
  reader.feed(whole_answer + empty_answer + whole_answer);
  CHECK(reader.next()->body == "hello");
  const auto refused = reader.next();
  CHECK(refused->status == 503);
  CHECK(refused->body.empty());
  CHECK_FALSE(refused->keep_alive);
  CHECK(refused->retry_after);
  CHECK(reader.next()->keep_alive);
  CHECK_FALSE(reader.next());
}

TEST_CASE("bytes that are not a response are rejected") {
  for (const auto* text :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 2x2 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}) {
    ResponseReader reader;
    reader.feed(text);
    CHECK_THROWS_AS(reader.next(), std::runtime_error);
  }
}
