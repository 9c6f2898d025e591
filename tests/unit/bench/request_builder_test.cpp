#include "bench/load/request_builder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "runtime/http/request_parser.hpp"

namespace {

esteira::runtime::http::Request parsed(const std::string& bytes) {
  using esteira::runtime::http::RequestParser;
  RequestParser parser({16384, 16384});
  parser.feed(bytes);
  return std::get<RequestParser::Parsed>(parser.next()).request;
}

}  // namespace

TEST_CASE("each load request is one complete order with its own idempotency key") {
  const esteira::bench::RequestBuilder requests("token", "run");
  const auto first = parsed(requests.post_order(1));
  CHECK(first.header("authorization") == "Bearer token");
  CHECK(nlohmann::json::parse(first.body).at("items").size() == 2);
  CHECK(first.header("x-idempotency-key") != parsed(requests.post_order(2)).header("x-idempotency-key"));
}

TEST_CASE("an order of a named workflow has prices") {
  const esteira::bench::RequestBuilder requests("token", "run", "checkout");
  const auto body = nlohmann::json::parse(parsed(requests.post_order(1)).body);
  CHECK(body.at("workflow") == "checkout");
  for (const auto& item : body.at("items")) CHECK(item.at("unit_price") == "10.50");
}

TEST_CASE("the order id is read from the response") {
  using esteira::bench::parse_order_id;
  CHECK(parse_order_id(R"({"order_id":"1fec340b","status":"pending"})") == "1fec340b");
  CHECK(parse_order_id(R"({"status":503})").empty());
}
