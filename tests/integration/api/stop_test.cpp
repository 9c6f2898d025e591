#include <catch2/catch.hpp>
#include <thread>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;

TEST_CASE("stop responds to the requests in flight and publishes all accepted orders") {
  ApiFixture fixture(ApiFixture::Settings{{"ESTEIRA_SWEEP_INTERVAL", "1h"}});
  std::atomic<int> accepted = 0;
  std::atomic<bool> failed = false;
  constexpr int kClients = 8;
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      try {
        for (;;) {
          if (fixture.post(ApiFixture::small_order()).status == 202) ++accepted;
        }
      } catch (const std::exception&) {
        failed = true;  // the connection was refused: the API no longer listens
      }
    });
  }
  CHECK(esteira::test::wait_until([&] { return accepted > 20; }));
  fixture.api->stop(std::chrono::seconds(20));
  for (auto& client : clients) client.join();
  CHECK(failed);
  CHECK(fixture.database.value("select count(*) from orders") == std::to_string(accepted));
  CHECK(fixture.database.value("select count(*) from outbox") == "0");
  CHECK(fixture.broker.count(fixture.queue()) == static_cast<std::size_t>(accepted));
}

TEST_CASE("stop returns while PostgreSQL and RabbitMQ are unavailable") {
  ApiFixture fixture;
  fixture.database_proxy.cut();
  fixture.broker_proxy.cut();
  CHECK_NOTHROW(fixture.api->stop(std::chrono::seconds(2)));
}
