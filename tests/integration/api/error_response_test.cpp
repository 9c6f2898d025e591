#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "api/problem_types.hpp"
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/environment.hpp"

using esteira::test::ApiFixture;
using esteira::test::http_request;

TEST_CASE("requests without a valid token get 401") {
  ApiFixture fixture;
  const auto port = fixture.api->port();
  const auto* method = GENERATE("POST", "GET");
  const std::string path = std::string(method) == "GET" ? "/orders/00000000-0000-4000-8000-000000000000" : "/orders";
  const auto absent = http_request(port, method, path);
  CHECK(absent.status == 401);
  CHECK_THAT(absent.headers.at("www-authenticate"), Catch::StartsWith("Bearer"));
  CHECK(http_request(port, method, path, "", {{"Authorization", "Bearer wrong"}}).status == 401);
  CHECK(http_request(port, method, path, "", {{"Authorization", "Basic token"}}).status == 401);
  CHECK(fixture.database.value("select count(*) from orders") == "0");
}

TEST_CASE("each configured token is accepted") {
  ApiFixture fixture;
  CHECK(fixture.post(ApiFixture::small_order(), {{"Authorization", "bearer old-token"}}).status == 202);
  CHECK(fixture.post(ApiFixture::small_order(), {{"Authorization", "Bearer token"}}).status == 202);
}

TEST_CASE("an invalid order gives 422 with the list of violations") {
  ApiFixture fixture;
  const auto answer = fixture.post(R"({"items":[{"sku":"","qty":0}]})");
  CHECK(answer.status == 422);
  CHECK(answer.headers.at("content-type") == "application/problem+json");
  const auto problem = nlohmann::json::parse(answer.body);
  CHECK(problem.at("status") == 422);
  CHECK_THAT(answer.body,
             Catch::Contains("/customer_id") && Catch::Contains("/items/0/sku") && Catch::Contains("/items/0/qty"));
}

TEST_CASE("a malformed body gives 400, and the next request is served") {
  ApiFixture fixture;
  const auto body = GENERATE(values<std::string>({"", "{", "\xff\xfe", std::string(100'000, '[')}));
  CHECK(fixture.post(body).status == 400);
  CHECK(fixture.post(ApiFixture::small_order()).status == 202);
}

TEST_CASE("a Content-Type other than JSON gives 415") {
  ApiFixture fixture;
  CHECK(fixture.post(ApiFixture::small_order(), {{"Content-Type", "text/plain"}}).status == 415);
  CHECK(fixture.post(ApiFixture::small_order(), {{"Content-Type", "application/json; charset=latin1"}}).status == 415);
  const auto compressed = fixture.post(ApiFixture::small_order(), {{"Content-Encoding", "gzip"}});
  CHECK(compressed.status == 415);
  CHECK(compressed.headers.at("accept-encoding") == "identity");
  CHECK_THAT(compressed.body, Catch::Contains("identity"));
  CHECK(http_request(fixture.api->port(), "POST", "/orders", ApiFixture::small_order(),
                     {{"Authorization", "Bearer token"}})
            .status == 415);
  CHECK(fixture.post(ApiFixture::small_order(), {{"Content-Type", "application/json; charset=UTF-8"}}).status == 202);
}

TEST_CASE("a body that is too large gives 413") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_MAX_BODY", "1024"}});
  CHECK(fixture.post(std::string(1025, ' ')).status == 413);
  CHECK(fixture.post(ApiFixture::small_order()).status == 202);
}

TEST_CASE("requests rejected before they are whole are counted") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_MAX_BODY", "1024"}});
  CHECK(fixture.post(std::string(1025, ' ')).status == 413);
  CHECK(http_request(fixture.api->port(), "POST", "/orders", "", {{"Transfer-Encoding", "gzip"}}).status == 501);
  esteira::test::RawHttp client(fixture.api->port());
  client.send("BREW\r\n\r\n");
  REQUIRE(client.receive());
  const auto rejected = [&](const std::string& labels) {
    return fixture.metric("esteira_http_requests_total{" + labels + ",route=\"refused\"} ");
  };
  CHECK(rejected(R"(code="413",method="POST")") == 1);
  CHECK(rejected(R"(code="501",method="POST")") == 1);
  CHECK(rejected(R"(code="400",method="other")") == 1);
}

TEST_CASE("an unsupported method gives 405 with Allow") {
  ApiFixture fixture;
  const auto answer = http_request(fixture.api->port(), "DELETE", "/orders", "", {{"Authorization", "Bearer token"}});
  CHECK(answer.status == 405);
  CHECK_THAT(answer.headers.at("allow"), Catch::Contains("GET, HEAD, POST"));
}

TEST_CASE("each kind of error has a type of its own, so that two errors with one status are told apart") {
  ApiFixture fixture;
  const auto type_of = [](const esteira::test::HttpAnswer& answer) {
    const auto problem = nlohmann::json::parse(answer.body);
    CHECK(problem.at("status") == answer.status);
    return problem.at("type").get<std::string>();
  };
  const auto post = [&](const std::string& body, std::map<std::string, std::string> headers = {}) {
    return type_of(fixture.post(body, std::move(headers)));
  };
  const auto order = ApiFixture::small_order();
  REQUIRE(fixture.post(order, {{"Idempotency-Key", "key"}}).status == 202);
  CHECK(post("{") == "urn:esteira:problem:invalid-json");
  CHECK(post("{}") == "urn:esteira:problem:invalid-order");
  CHECK(post(R"({"customer_id":"1","items":[{"sku":"A","qty":1}]})", {{"Idempotency-Key", "key"}}) ==
        "urn:esteira:problem:reused-idempotency-key");
  CHECK(post(order, {{"Idempotency-Key", "a b"}}) == "urn:esteira:problem:invalid-idempotency-key");
  CHECK(post(order, {{"Content-Type", "text/plain"}}) == "urn:esteira:problem:unsupported-media-type");
  CHECK(post(order, {{"Content-Encoding", "gzip"}}) == "urn:esteira:problem:compressed-body");
  CHECK(post(order, {{"Authorization", "Bearer wrong"}}) == "urn:esteira:problem:invalid-token");
  CHECK(type_of(http_request(fixture.api->port(), "POST", "/orders")) == "urn:esteira:problem:missing-token");
  CHECK(type_of(fixture.get("/orders/00000000-0000-4000-8000-000000000000")) == "urn:esteira:problem:unknown-order");
  CHECK(type_of(fixture.get("/nothing")) == "about:blank");
  fixture.database_proxy.cut();
  CHECK(post(order) == "urn:esteira:problem:database-unavailable");
}

TEST_CASE("README.md lists each problem type with its status") {
  std::ifstream file(esteira::test::source_dir() / "README.md");
  const std::string readme(std::istreambuf_iterator<char>(file), {});
  using namespace esteira::api::problems;
  for (const auto& type : {kInvalidJson, kInvalidKey, kMissingToken, kInvalidToken, kUnknownOrder, kNotJson,
                           kCompressed, kInvalidOrder, kReusedKey, kTooLateToCancel, kOverloaded, kUnavailable}) {
    const auto row =
        std::string("| `").append(type.uri).append("` | ").append(std::to_string(type.status)).append(" |");
    CHECK_THAT(readme, Catch::Contains(row));
  }
}
