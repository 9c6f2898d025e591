#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/integration/api/api_fixture.hpp"

using esteira::test::ApiFixture;

TEST_CASE("an accepted order is committed with its items") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_SWEEP_INTERVAL", "1h"}});
  const auto answer = fixture.post(ApiFixture::small_order());
  REQUIRE(answer.status == 202);
  const auto id = ApiFixture::order_id(answer);
  CHECK(answer.headers.at("location") == "/orders/" + id);
  CHECK(answer.headers.contains("x-request-id"));
  CHECK_FALSE(answer.headers.contains("idempotency-replayed"));
  CHECK(fixture.database.value("select status from orders where id = '" + id + "'") == "pending");
  CHECK(fixture.database.value("select string_agg(sku || qty, ' ' order by line) from order_items") == "ABC2 XYZ1");
}

TEST_CASE("the first event is published with the order's trace") {
  ApiFixture fixture;
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto answer =
      fixture.post(ApiFixture::small_order(), {{"traceparent", "00-" + trace_id + "-00f067aa0ba902b7-01"}});
  const auto event = fixture.broker.get(fixture.queue());
  REQUIRE(event.has_value());
  CHECK(event->routing_key == "order.created");
  CHECK(event->type == "order.created");
  CHECK(event->message_id == ApiFixture::order_id(answer) + ":0:1:order.created");
  CHECK_THAT(event->headers.at("traceparent"), Catch::StartsWith("00-" + trace_id));
  CHECK_THAT(event->body, Catch::Contains(ApiFixture::order_id(answer)) && Catch::Contains("\"ABC\""));
}

TEST_CASE("prices are stored and the total is computed") {
  ApiFixture fixture;
  const auto answer = fixture.post(R"({"customer_id":"1","items":[{"sku":"A","qty":2,"unit_price":"12.5"},
                                                  {"sku":"B","qty":1,"unit_price":"0.10"}]})");
  REQUIRE(answer.status == 202);
  CHECK(fixture.database.value("select total_amount from orders") == "25.10");
  CHECK(fixture.database.value("select unit_price from order_items where sku = 'A'") == "12.50");
}

TEST_CASE("concurrent orders share commits") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_WRITERS", "1"}});
  constexpr int kClients = 20;
  constexpr int kOrdersEach = 10;
  std::atomic<int> accepted = 0;
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < kOrdersEach; ++n) accepted += fixture.post(ApiFixture::small_order()).status == 202 ? 1 : 0;
    });
  }
  for (auto& client : clients) client.join();
  CHECK(accepted == kClients * kOrdersEach);
  CHECK(fixture.metric("esteira_orders_accepted_total{client=\"default\"} ") == kClients * kOrdersEach);
  CHECK(fixture.metric("esteira_commit_batch_size_count{source=\"orders\"}") < kClients * kOrdersEach);
}
