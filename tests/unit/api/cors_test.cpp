#include "api/cors.hpp"

#include <catch2/catch.hpp>

using esteira::api::Cors;
using esteira::runtime::http::Headers;
using esteira::runtime::http::Request;

namespace {

Request cors_request(const std::string& method, const std::string& path, const Headers& headers) {
  Request request;
  request.method = method;
  request.path = path;
  request.headers = headers;
  return request;
}

std::string cors_header(const Headers& headers, const std::string& name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

const Headers from_shop{{"Origin", "https://shop.example"}};
const Headers preflight_of_shop{{"origin", "https://shop.example"}, {"Access-Control-Request-Method", "POST"}};

}  // namespace

TEST_CASE("without origins no response has a CORS header") {
  const Cors cors({});
  CHECK(cors.headers_for(cors_request("GET", "/orders/1", from_shop)).empty());
  CHECK(cors.headers_for(cors_request("OPTIONS", "/orders", preflight_of_shop)).empty());
}

TEST_CASE("a preflight of an allowed origin gets what pages may send") {
  const Cors cors({"http://other", "https://shop.example"});
  const auto headers = cors.headers_for(cors_request("OPTIONS", "/orders", preflight_of_shop));
  CHECK(cors_header(headers, "Access-Control-Allow-Origin") == "https://shop.example");
  CHECK_THAT(cors_header(headers, "Access-Control-Allow-Methods"), Catch::Contains("POST") && Catch::Contains("GET"));
  CHECK_THAT(cors_header(headers, "Access-Control-Allow-Headers"),
             Catch::Contains("Authorization") && Catch::Contains("Idempotency-Key"));
  CHECK(cors_header(headers, "Access-Control-Max-Age") == "3600");
  CHECK(cors_header(headers, "Access-Control-Expose-Headers").empty());
}

TEST_CASE("a response to an allowed origin exposes its headers and varies by origin") {
  const auto headers = Cors({"https://shop.example"}).headers_for(cors_request("GET", "/orders/1", from_shop));
  CHECK(cors_header(headers, "Access-Control-Allow-Origin") == "https://shop.example");
  CHECK(cors_header(headers, "Vary") == "Origin");
  CHECK(cors_header(headers, "Access-Control-Expose-Headers") ==
        "Location, Link, ETag, X-Request-Id, Idempotency-Replayed, Retry-After");
  CHECK(cors_header(headers, "Access-Control-Allow-Methods").empty());
}

TEST_CASE("another origin is not allowed, and the response varies by origin all the same") {
  const Cors cors({"https://shop.example"});
  const auto* origin = GENERATE("https://shop.example.evil", "http://shop.example", "https://SHOP.example", "null", "");
  const Headers varies{{"Vary", "Origin"}};
  CHECK(cors.headers_for(cors_request("GET", "/orders/1", {{"Origin", origin}})) == varies);
  CHECK(cors.headers_for(cors_request("GET", "/orders/1", {})) == varies);
}

TEST_CASE("* allows every origin") {
  const auto headers = Cors({"*"}).headers_for(cors_request("POST", "/orders", from_shop));
  CHECK(cors_header(headers, "Access-Control-Allow-Origin") == "*");
}

TEST_CASE("health and metrics are closed to pages of other origins") {
  const auto* path = GENERATE("/metrics", "/healthz", "/readyz", "/orders2");
  CHECK(Cors({"*"}).headers_for(cors_request("GET", path, from_shop)).empty());
}
