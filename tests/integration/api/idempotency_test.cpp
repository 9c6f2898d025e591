#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::HttpAnswer;

TEST_CASE("a repeated idempotency key gives the first response again") {
  ApiFixture fixture;
  const auto first = fixture.post(ApiFixture::small_order(), {{"X-Idempotency-Key", "key"}});
  const auto second = fixture.post(ApiFixture::small_order(), {{"Idempotency-Key", "key"}});
  CHECK(first.status == 202);
  CHECK(second.status == 202);
  CHECK(second.body == first.body);
  CHECK(second.headers.at("idempotency-replayed") == "true");
  CHECK(fixture.database.value("select count(*) from orders") == "1");
  CHECK(fixture.metric("esteira_orders_replayed_total{client=\"default\"} ") == 1);
}

TEST_CASE("fifty concurrent requests with one idempotency key create one order") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_WRITERS", "4"}});
  std::vector<HttpAnswer> answers(50);
  std::vector<std::thread> clients;
  clients.reserve(answers.size());
  for (auto& answer : answers) {
    clients.emplace_back([&] { answer = fixture.post(ApiFixture::small_order(), {{"Idempotency-Key", "key"}}); });
  }
  for (auto& client : clients) client.join();
  std::set<std::string> ids;
  int first = 0;
  for (const auto& answer : answers) {
    CHECK(answer.status == 202);
    ids.insert(ApiFixture::order_id(answer));
    first += answer.headers.contains("idempotency-replayed") ? 0 : 1;
  }
  CHECK(ids.size() == 1);
  CHECK(first == 1);
  CHECK(fixture.database.value("select count(*) from orders") == "1");
}

TEST_CASE("an idempotency key used for a different order gives 422") {
  ApiFixture fixture;
  REQUIRE(fixture.post(ApiFixture::small_order(), {{"Idempotency-Key", "key"}}).status == 202);
  const auto other =
      fixture.post(R"({"customer_id":"124","items":[{"sku":"ABC","qty":2}]})", {{"Idempotency-Key", "key"}});
  CHECK(other.status == 422);
  CHECK(other.headers.at("content-type") == "application/problem+json");
  CHECK(fixture.database.value("select count(*) from orders") == "1");
}

TEST_CASE("the same order in another spelling is replayed") {
  ApiFixture fixture;
  REQUIRE(fixture.post(R"({"customer_id":"1","items":[{"sku":"A","qty":1}]})", {{"Idempotency-Key", "key"}}).status ==
          202);
  const auto again =
      fixture.post(R"({ "items": [ {"qty":1, "sku":"A"} ], "customer_id": "1" })", {{"Idempotency-Key", "key"}});
  CHECK(again.status == 202);
  CHECK(again.headers.contains("idempotency-replayed"));
}

TEST_CASE("invalid idempotency keys give 400") {
  ApiFixture fixture;
  CHECK(fixture.post(ApiFixture::small_order(), {{"Idempotency-Key", "a"}, {"X-Idempotency-Key", "b"}}).status == 400);
  CHECK(fixture.post(ApiFixture::small_order(), {{"Idempotency-Key", std::string(256, 'k')}}).status == 400);
}

TEST_CASE("expired idempotency keys are deleted") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_SWEEP_INTERVAL", "1h"}});
  fixture.api.reset();
  fixture.database.execute(
      "insert into idempotency_keys values ('old', gen_random_uuid(), '', now() - interval '2 days'),"
      " ('young', gen_random_uuid(), '', now() - interval '2 hours')");
  ApiFixture::Settings settings(fixture.environment().begin(), fixture.environment().end());
  esteira::api::Api api(esteira::runtime::Config(esteira::runtime::kApi, settings));
  api.start();
  CHECK(esteira::test::wait_until(
      [&] { return fixture.database.value("select string_agg(key, ' ') from idempotency_keys") == "young"; }));
}
