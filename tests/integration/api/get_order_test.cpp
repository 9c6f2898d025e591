#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/integration/api/api_fixture.hpp"

using esteira::test::ApiFixture;

TEST_CASE("GET /orders/{id} returns the order with its items and timeline") {
  ApiFixture fixture;
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  const auto answer = fixture.get("/orders/" + id);
  REQUIRE(answer.status == 200);
  const auto order = nlohmann::json::parse(answer.body);
  CHECK(order.at("status") == "pending");
  CHECK(order.at("customer_id") == "123");
  CHECK(order.at("items").at(0).at("sku") == "ABC");
  CHECK(order.at("timeline").at(0).at("outcome") == "accepted");
}

TEST_CASE("If-None-Match with the current ETag gives 304") {
  ApiFixture fixture;
  const auto path = "/orders/" + ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  const auto etag = fixture.get(path).headers.at("etag");
  esteira::test::RawHttp raw(fixture.api->port());
  raw.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\nIf-None-Match: " + etag +
           "\r\n\r\n");
  const auto same = raw.receive(std::chrono::seconds(20), true);
  REQUIRE(same.has_value());
  CHECK(same->status == 304);
  CHECK(same->headers.at("etag") == etag);
  CHECK(fixture.get(path, {{"If-None-Match", "\"other\""}}).status == 200);
}

TEST_CASE("a change of an order changes its ETag") {
  ApiFixture fixture;
  const auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  const auto etag = fixture.get("/orders/" + id).headers.at("etag");
  fixture.database.execute("update orders set status = 'processing', updated_at = now() where id = '" + id + "'");
  const auto changed = fixture.get("/orders/" + id, {{"If-None-Match", etag}});
  CHECK(changed.status == 200);
  CHECK(changed.headers.at("etag") != etag);
}

TEST_CASE("an unknown order gives 404, a malformed path 400") {
  ApiFixture fixture;
  const auto* path = GENERATE("/orders/00000000-0000-4000-8000-000000000000", "/orders/1", "/orders/x%00y",
                              "/orders/00000000-0000-4000-8000-00000000000g");
  const auto answer = fixture.get(path);
  CHECK((answer.status == 404 || answer.status == 400));
  CHECK(answer.headers.at("content-type") == "application/problem+json");
}

TEST_CASE("an order id may be in upper case") {
  ApiFixture fixture;
  auto id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  for (auto& c : id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(fixture.get("/orders/" + id).status == 200);
}

TEST_CASE("concurrent reads each get the order they asked for") {
  ApiFixture fixture;
  const auto one = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  const auto two = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  std::atomic<int> correct = 0;
  constexpr int kReaders = 16;
  std::vector<std::thread> readers;
  readers.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&, id = i % 2 == 0 ? one : two] {
      for (int n = 0; n < 5; ++n) correct += fixture.get("/orders/" + id).body.find(id) != std::string::npos ? 1 : 0;
    });
  }
  for (auto& reader : readers) reader.join();
  CHECK(correct == kReaders * 5);
}
