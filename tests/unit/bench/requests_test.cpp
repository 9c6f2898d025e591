#include "bench/load/requests.hpp"

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
  const esteira::bench::Requests requests("token", "run");
  const auto first = parsed(requests.place(1));
  CHECK(first.header("authorization") == "Bearer token");
  CHECK(nlohmann::json::parse(first.body).at("items").size() == 2);
  CHECK(first.header("x-idempotency-key") != parsed(requests.place(2)).header("x-idempotency-key"));
}

TEST_CASE("the order id is read from the response") {
  using esteira::bench::order_id_in;
  CHECK(order_id_in(R"({"order_id":"1fec340b","status":"pending"})") == "1fec340b");
  CHECK(order_id_in(R"({"status":503})").empty());
}
