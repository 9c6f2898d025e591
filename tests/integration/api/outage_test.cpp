#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <thread>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::HttpAnswer;
using esteira::test::wait_until;

TEST_CASE("orders accepted while RabbitMQ is unavailable are published once it is back") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_SWEEP_INTERVAL", "1h"}});
  fixture.broker_proxy.cut();
  CHECK(fixture.post(ApiFixture::small_order()).status == 202);
  CHECK(fixture.database.value("select count(*) from outbox") == "1");
  fixture.broker_proxy.restore();
  CHECK(fixture.broker.get(fixture.queue()).has_value());
  CHECK(wait_until([&] { return fixture.database.value("select count(*) from outbox") == "0"; }));
}

TEST_CASE("requests get 503 while PostgreSQL is unavailable, and are served once it is back") {
  ApiFixture fixture;
  REQUIRE(fixture.becomes_ready());
  fixture.database_proxy.cut();
  const auto rejected = fixture.post(ApiFixture::small_order());
  CHECK(rejected.status == 503);
  CHECK(rejected.headers.contains("retry-after"));
  CHECK(fixture.get("/orders/00000000-0000-4000-8000-000000000000").status == 503);
  CHECK(wait_until([&] { return fixture.get("/readyz").status == 503; }));
  fixture.database_proxy.restore();
  CHECK(wait_until([&] { return fixture.post(ApiFixture::small_order()).status == 202; }));
  CHECK(fixture.becomes_ready());
}

TEST_CASE("what cannot be measured while PostgreSQL is unavailable is NaN, and not its last value") {
  ApiFixture fixture;
  const std::vector<std::string> measured{"esteira_outbox_events ", "esteira_outbox_oldest_seconds ",
                                          "esteira_failed_orders{stage=\"enrich\"} ",
                                          "esteira_dead_letters_oldest_seconds{stage=\"enrich\"} "};
  const auto all_are = [&](auto predicate) {
    return std::ranges::all_of(measured, [&](const auto& line) { return predicate(fixture.metric(line)); });
  };
  const auto is_number = [](double value) { return value >= 0; };
  fixture.database.execute("insert into dead_letter_messages (message_key, stage, body) values ('x', 'enrich', '')");
  REQUIRE(wait_until([&] { return all_are(is_number); }));
  fixture.database_proxy.cut();
  CHECK(wait_until([&] { return all_are([](double value) { return std::isnan(value); }); }));
  fixture.database_proxy.restore();
  CHECK(wait_until([&] { return all_are(is_number); }));
}

TEST_CASE("no order is lost when PostgreSQL closes the connections") {
  ApiFixture fixture;
  REQUIRE(fixture.post(ApiFixture::small_order()).status == 202);
  fixture.database.terminate_backends();
  CHECK(wait_until([&] { return fixture.post(ApiFixture::small_order()).status == 202; }));
}

TEST_CASE("requests get 503 at once when too many are queued for the database") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_WRITERS", "1"}, {"ESTEIRA_MAX_QUEUED_REQUESTS", "1"}});
  REQUIRE(fixture.post(ApiFixture::small_order()).status == 202);
  fixture.database_proxy.freeze();
  std::vector<HttpAnswer> answers(16);
  std::atomic<int> rejected = 0;
  std::vector<std::thread> clients;
  clients.reserve(answers.size());
  for (auto& answer : answers) {
    clients.emplace_back([&] {
      answer = fixture.post(ApiFixture::small_order());
      rejected += answer.status == 503 ? 1 : 0;
    });
  }
  CHECK(wait_until([&] { return rejected >= 10; }));
  fixture.database_proxy.thaw();
  for (auto& client : clients) client.join();
  for (const auto& answer : answers) CHECK((answer.status == 202 || answer.headers.contains("retry-after")));
}
