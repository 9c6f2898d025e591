#include <catch2/catch.hpp>

#include "tests/integration/api/api_fixture.hpp"

using esteira::test::ApiFixture;
using esteira::test::http_request;
using esteira::test::HttpAnswer;
using esteira::test::RawHttp;

namespace {

const std::string order_head =
    "POST /orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\nContent-Type: application/json\r\n";

/// `body` with Transfer-Encoding: chunked, in pieces of ten bytes.
std::string chunked(std::string_view body) {
  std::string bytes = "Transfer-Encoding: chunked\r\n\r\n";
  for (; !body.empty(); body.remove_prefix(std::min<std::size_t>(body.size(), 10))) {
    const auto piece = body.substr(0, 10);
    bytes.append(piece.size() == 10 ? "a" : std::to_string(piece.size())).append("\r\n").append(piece).append("\r\n");
  }
  return bytes + "0\r\n\r\n";
}

HttpAnswer send_raw(const ApiFixture& fixture, const std::string& bytes, bool without_body = false) {
  RawHttp client(fixture.api->port());
  client.send(bytes);
  auto answer = client.receive(std::chrono::seconds(20), without_body);
  REQUIRE(answer);
  return *answer;
}

bool has_cors_header(const HttpAnswer& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (name.starts_with("access-control-") || name == "vary") return true;
  }
  return false;
}

}  // namespace

TEST_CASE("an order may be sent in chunks") {
  ApiFixture fixture;
  const auto answer = send_raw(fixture, order_head + chunked(ApiFixture::small_order()));
  CHECK(answer.status == 202);
  CHECK(fixture.get("/orders/" + ApiFixture::order_id(answer)).status == 200);
}

TEST_CASE("an order sent in chunks may not be larger than any other") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_MAX_BODY", "1024"}});
  CHECK(send_raw(fixture, order_head + chunked(std::string(1025, ' '))).status == 413);
}

TEST_CASE("a slash at the end of a path is accepted") {
  ApiFixture fixture;
  const auto placed = http_request(fixture.api->port(), "POST", "/orders/", ApiFixture::small_order(),
                                   {{"Authorization", "Bearer token"}, {"Content-Type", "application/json"}});
  REQUIRE(placed.status == 202);
  CHECK(fixture.get("/orders/" + ApiFixture::order_id(placed) + "/").status == 200);
  CHECK(fixture.get("/healthz/").status == 200);
}

TEST_CASE("HEAD gives the headers of GET without a body") {
  ApiFixture fixture;
  const auto order = "/orders/" + ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  for (const auto& path : {order, std::string("/orders"), std::string("/healthz"), std::string("/orders/none")}) {
    const auto whole = fixture.get(path);
    RawHttp client(fixture.api->port());
    const auto rest =
        std::string(" ").append(path).append(" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\n\r\n");
    client.send(std::string("HEAD").append(rest).append("GET").append(rest));
    const auto head = client.receive(std::chrono::seconds(20), true);
    REQUIRE(head);
    CHECK(head->status == whole.status);
    CHECK(head->headers.at("content-length") == whole.headers.at("content-length"));
    const auto next = client.receive();
    REQUIRE(next);
    CHECK(next->body == whole.body);
  }
}

TEST_CASE("OPTIONS gives Allow without a token, and no CORS header by default") {
  ApiFixture fixture;
  const auto answer = http_request(fixture.api->port(), "OPTIONS", "/orders", "",
                                   {{"Origin", "https://shop.example"}, {"Access-Control-Request-Method", "POST"}});
  CHECK(answer.status == 204);
  CHECK(answer.headers.at("allow") == "OPTIONS, GET, HEAD, POST");
  CHECK_FALSE(has_cors_header(answer));
  CHECK_FALSE(has_cors_header(fixture.post(ApiFixture::small_order(), {{"Origin", "https://shop.example"}})));
}

TEST_CASE("pages of a configured origin may place and read orders") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_CORS_ORIGINS", "https://shop.example"}});
  const auto preflight = http_request(fixture.api->port(), "OPTIONS", "/orders", "",
                                      {{"Origin", "https://shop.example"}, {"Access-Control-Request-Method", "POST"}});
  CHECK(preflight.status == 204);
  CHECK(preflight.headers.at("access-control-allow-origin") == "https://shop.example");
  CHECK(preflight.headers.count("access-control-allow-methods") == 1);
  CHECK(preflight.headers.count("access-control-max-age") == 1);
  const auto placed = fixture.post(ApiFixture::small_order(), {{"Origin", "https://shop.example"}});
  CHECK(placed.status == 202);
  CHECK(placed.headers.at("access-control-allow-origin") == "https://shop.example");
  CHECK(placed.headers.at("vary") == "Origin");
  CHECK_THAT(placed.headers.at("access-control-expose-headers"), Catch::Contains("Location"));
  const auto other = fixture.post(ApiFixture::small_order(), {{"Origin", "https://other.example"}});
  CHECK(other.headers.count("access-control-allow-origin") == 0);
}

TEST_CASE("pages of a configured origin can read errors") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_CORS_ORIGINS", "*"}, {"ESTEIRA_MAX_BODY", "1024"}});
  const auto allowed = [](const HttpAnswer& answer) { return answer.headers.at("access-control-allow-origin"); };
  const auto without_token = http_request(fixture.api->port(), "POST", "/orders", "{}", {{"Origin", "https://a"}});
  CHECK(without_token.status == 401);
  CHECK(allowed(without_token) == "*");
  const auto large = fixture.post(std::string(1025, ' '), {{"Origin", "https://a"}});
  CHECK(large.status == 413);
  CHECK(allowed(large) == "*");
}

TEST_CASE("two different Authorization headers give 400, two equal ones are accepted") {
  ApiFixture fixture;
  const auto body =
      "Content-Length: " + std::to_string(ApiFixture::small_order().size()) + "\r\n\r\n" + ApiFixture::small_order();
  CHECK(send_raw(fixture, order_head + "Authorization: Bearer token\r\n" + body).status == 202);
  CHECK(send_raw(fixture, order_head + "Authorization: Bearer old-token\r\n" + body).status == 400);
  CHECK(send_raw(fixture, order_head + "Content-Type: text/plain\r\n" + body).status == 400);
  CHECK(send_raw(fixture, order_head + "Idempotency-Key: a\r\nX-Idempotency-Key: b\r\n" + body).status == 400);
  CHECK(send_raw(fixture, order_head + "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n" + body).status ==
        415);
}

TEST_CASE("usual spellings of JSON in UTF-8 without compression are accepted") {
  ApiFixture fixture;
  const auto& order = ApiFixture::small_order();
  CHECK(fixture.post(order, {{"Content-Type", "application/json; charset=utf8"}}).status == 202);
  CHECK(fixture.post(order, {{"Content-Type", "application/json; charset=\"UTF-8\""}}).status == 202);
  CHECK(fixture.post(order, {{"Content-Encoding", "Identity"}}).status == 202);
}

TEST_CASE("ETags may come in several If-None-Match headers") {
  ApiFixture fixture;
  const auto path = "/orders/" + ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  const auto etag = fixture.get(path).headers.at("etag");
  const auto answer = send_raw(fixture,
                               "GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\n" +
                                   "If-None-Match: \"other\"\r\nIf-None-Match: " + etag + "\r\n\r\n",
                               true);
  CHECK(answer.status == 304);
}

TEST_CASE("ESTEIRA_IDLE_TIMEOUT closes idle connections") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_IDLE_TIMEOUT", "1s"}});
  RawHttp client(fixture.api->port());
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(client.receive());
  CHECK(client.closed());
}
