#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/integration/api/api_fixture.hpp"

using esteira::test::ApiFixture;
using esteira::test::HttpAnswer;
using nlohmann::json;

namespace {

std::string order_of(const std::string& customer) {
  return R"({"customer_id":")" + customer + R"(","items":[{"sku":"ABC","qty":2,"unit_price":"1.50"}]})";
}

std::string place_for(const ApiFixture& fixture, const std::string& customer,
                      const std::map<std::string, std::string>& headers = {}) {
  return ApiFixture::order_id(fixture.post(order_of(customer), headers));
}

json body_of(const HttpAnswer& answer) {
  REQUIRE(answer.status == 200);
  return json::parse(answer.body);
}

/// The ids of all pages, following Link.
std::vector<std::string> walk(const ApiFixture& fixture, std::string path,
                              const std::map<std::string, std::string>& headers = {}) {
  std::vector<std::string> ids;
  while (!path.empty()) {
    const auto answer = fixture.get(path, headers);
    const auto page = body_of(answer);
    for (const auto& order : page.at("orders")) ids.push_back(order.at("order_id"));
    const auto link = answer.headers.find("link");
    CHECK((link == answer.headers.end()) == page.at("next_cursor").is_null());
    path = link == answer.headers.end() ? "" : link->second.substr(1, link->second.find('>') - 1);
  }
  return ids;
}

std::string parameter_errors(const ApiFixture& fixture, const std::string& query) {
  const auto answer = fixture.get("/orders?" + query);
  CHECK(answer.status == 400);
  CHECK(answer.headers.at("content-type") == "application/problem+json");
  const auto problem = json::parse(answer.body);
  CHECK(problem.at("type") == "urn:esteira:problem:invalid-query");
  return problem.at("errors").dump();
}

}  // namespace

TEST_CASE("GET /orders lists orders, newest first") {
  ApiFixture fixture;
  const auto first = place_for(fixture, "7");
  const auto second = place_for(fixture, "8");
  const auto page = body_of(fixture.get("/orders"));
  CHECK(page.at("next_cursor").is_null());
  REQUIRE(page.at("orders").size() == 2);
  CHECK(page["orders"][0].at("order_id") == second);
  const auto& order = page["orders"][1];
  const auto whole = body_of(fixture.get("/orders/" + first));
  for (const auto* member : {"order_id", "status", "workflow", "customer_id", "total", "created_at", "updated_at"}) {
    CAPTURE(member);
    CHECK(order.at(member) == whole.at(member));
  }
}

TEST_CASE("the pages of a list are linked") {
  ApiFixture fixture;
  std::set<std::string> placed;
  for (int i = 0; i < 7; ++i) placed.insert(place_for(fixture, "a&b c"));
  place_for(fixture, "other");
  const auto listed = walk(fixture, "/orders?customer_id=a%26b+c&limit=3&created_after=2026-01-01T00:00:00+01:00");
  CHECK(listed.size() == 7);
  CHECK(std::set(listed.begin(), listed.end()) == placed);
  const auto page = body_of(fixture.get("/orders?limit=2"));
  const auto next = body_of(fixture.get("/orders?limit=2&cursor=" + page.at("next_cursor").get<std::string>()));
  CHECK(next["orders"].size() == 2);
  CHECK(next["orders"][0] != page["orders"][1]);
}

TEST_CASE("a list is filtered by status and workflow") {
  ApiFixture fixture;
  const auto id = place_for(fixture, "7");
  place_for(fixture, "7");
  fixture.database.execute("update orders set status = 'paid', workflow = 'checkout' where id = '" + id + "'");
  CHECK(walk(fixture, "/orders?status=paid") == std::vector{id});
  CHECK(walk(fixture, "/orders?workflow=checkout&status=paid") == std::vector{id});
  CHECK(walk(fixture, "/orders?status=completed").empty());
}

TEST_CASE("a wrong query gives 400 with every wrong parameter") {
  ApiFixture fixture;
  const auto errors = parameter_errors(fixture, "limit=0&page=2&created_after=now");
  CHECK_THAT(errors, Catch::Contains(R"("parameter":"limit")") && Catch::Contains(R"("parameter":"page")") &&
                         Catch::Contains(R"("parameter":"created_after")"));
  CHECK_THAT(parameter_errors(fixture, "status=lost"),
             Catch::Contains("pending, processing, paid, shipped, completed, failed"));
}

TEST_CASE("a list needs a token, and HEAD gives its headers") {
  ApiFixture fixture;
  CHECK(esteira::test::http_request(fixture.api->port(), "GET", "/orders").status == 401);
  place_for(fixture, "7");
  const auto whole = fixture.get("/orders");
  esteira::test::RawHttp client(fixture.api->port());
  client.send("HEAD /orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\n\r\n");
  const auto head = client.receive(std::chrono::seconds(20), true);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->headers.at("content-length") == std::to_string(whole.body.size()));
}

TEST_CASE("an isolated client lists only its own orders") {
  ApiFixture fixture(
      ApiFixture::Settings{{"ESTEIRA_CLIENT_TOKENS", "shop:aaa,pos:bbb"}, {"ESTEIRA_ISOLATE_CLIENTS", "true"}});
  const std::map<std::string, std::string> shop{{"Authorization", "Bearer aaa"}};
  const std::map<std::string, std::string> pos{{"Authorization", "Bearer bbb"}};
  const auto of_shop = place_for(fixture, "7", shop);
  const auto of_pos = place_for(fixture, "7", pos);
  CHECK(walk(fixture, "/orders", shop) == std::vector{of_shop});
  CHECK(walk(fixture, "/orders?customer_id=7", pos) == std::vector{of_pos});
}

TEST_CASE("a list that is read while many clients place orders has each earlier order once") {
  ApiFixture fixture;
  std::set<std::string> before;
  for (int i = 0; i < 60; ++i) before.insert(place_for(fixture, "7"));
  std::atomic<bool> done = false;
  constexpr int kWriters = 4;
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&] {
      while (!done) place_for(fixture, "8");
    });
  }
  const auto listed = walk(fixture, "/orders?limit=3");
  done = true;
  for (auto& writer : writers) writer.join();
  const std::set<std::string> once(listed.begin(), listed.end());
  CHECK(once.size() == listed.size());
  CHECK(std::ranges::includes(once, before));
}

TEST_CASE("a list gives 503 while PostgreSQL is unavailable, and works again after it") {
  ApiFixture fixture;
  place_for(fixture, "7");
  fixture.database_proxy.cut();
  const auto refused = fixture.get("/orders");
  CHECK(refused.status == 503);
  CHECK(refused.headers.count("retry-after") == 1);
  fixture.database_proxy.restore();
  CHECK(fixture.becomes_ready());
  CHECK(walk(fixture, "/orders").size() == 1);
}
