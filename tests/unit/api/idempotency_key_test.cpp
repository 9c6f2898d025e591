#include "api/idempotency_key.hpp"

#include <catch2/catch.hpp>

using esteira::api::BadIdempotencyKey;
using esteira::api::idempotency_key;
using esteira::runtime::http::Request;

namespace {

Request keyed_request(std::vector<std::pair<std::string, std::string>> headers) {
  Request request;
  request.headers = std::move(headers);
  return request;
}

bool is_bad(const Request& request) { return std::holds_alternative<BadIdempotencyKey>(idempotency_key(request)); }

}  // namespace

TEST_CASE("a key is read from either header, or from both with the same value") {
  CHECK(std::get<std::string>(idempotency_key(keyed_request({}))).empty());
  CHECK(std::get<std::string>(idempotency_key(keyed_request({{"x-idempotency-key", "k1"}}))) == "k1");
  CHECK(std::get<std::string>(idempotency_key(keyed_request({{"Idempotency-Key", "k2"}}))) == "k2");
  CHECK_FALSE(is_bad(keyed_request({{"Idempotency-Key", "k"}, {"X-Idempotency-Key", "k"}})));
}

TEST_CASE("two different keys are rejected") {
  CHECK(is_bad(keyed_request({{"Idempotency-Key", "k"}, {"X-Idempotency-Key", "l"}})));
  CHECK(is_bad(keyed_request({{"Idempotency-Key", "k"}, {"Idempotency-Key", "l"}})));
}

TEST_CASE("a key has 1 to 255 visible ASCII characters") {
  CHECK_FALSE(is_bad(keyed_request({{"Idempotency-Key", std::string(255, '~')}})));
  const auto key = GENERATE(values<std::string>({"", std::string(256, 'k'), "a b", "a\tb", "\xc3\xa9", "\x7f"}));
  CHECK(is_bad(keyed_request({{"Idempotency-Key", key}})));
}
