#include "tests/support/wait.hpp"

#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/environment.hpp"

using esteira::test::ApiFixture;
using esteira::test::HttpAnswer;
using esteira::test::RawHttp;
using esteira::test::Socket;
using esteira::test::wait_until;
using nlohmann::json;

namespace {

/// An API, an order, and clients that wait for its changes.
struct WaitFixture {
  explicit WaitFixture(const ApiFixture::Settings& settings = {}) : fixture(settings) {}

  ApiFixture fixture;
  std::string id = ApiFixture::order_id(fixture.post(ApiFixture::small_order()));
  std::string path = "/orders/" + id;

  [[nodiscard]] std::future<HttpAnswer> ask(const std::string& wait,
                                            const std::map<std::string, std::string>& headers = {}) const {
    return std::async(std::launch::async,
                      [this, wait, headers] { return fixture.get(path + "?wait=" + wait, headers); });
  }
  [[nodiscard]] std::string raw_request(const std::string& method = "GET", const std::string& wait = "20s") const {
    return method + ' ' + path + "?wait=" + wait + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\n\r\n";
  }
  [[nodiscard]] bool waiting(int count) const {
    return wait_until([this, count] { return fixture.metric("esteira_waiting_requests ") == count; });
  }
  [[nodiscard]] double ended(const std::string& reason) const {
    return fixture.metric("esteira_waits_total{reason=\"" + reason + "\"}");
  }
  void set_status(const std::string& status, const std::string& reason = "null") {
    fixture.database.execute("update orders set status = '" + status + "', failure_reason = " + reason +
                             ", updated_at = greatest(now(), updated_at + interval '1 microsecond') where id = '" + id +
                             "'");
  }
};

std::string status_in(const HttpAnswer& answer) {
  REQUIRE(answer.status == 200);
  return json::parse(answer.body).at("status");
}

}  // namespace

TEST_CASE("a request that waits is answered when its order changes") {
  WaitFixture waits;
  auto answer = waits.ask("20s");
  REQUIRE(waits.waiting(1));
  waits.set_status("processing");
  CHECK(status_in(answer.get()) == "processing");
  CHECK(waits.ended("changed") == 1);
  CHECK(waits.waiting(0));
}

TEST_CASE("an order that has ended is answered at once") {
  WaitFixture waits;
  SECTION("completed") { waits.set_status("completed"); }
  SECTION("failed") { waits.set_status("failed", "'because'"); }
  CHECK(waits.ask("20s").get().status == 200);
  CHECK(waits.ended("expired") == 0);
}

TEST_CASE("with the ETag of an order the request waits until it has another, also when it has ended") {
  WaitFixture waits;
  waits.set_status("failed", "'because'");
  const auto etag = waits.fixture.get(waits.path).headers.at("etag");
  auto answer = waits.ask("20s", {{"If-None-Match", etag}});
  REQUIRE(waits.waiting(1));
  waits.set_status("processing");
  const auto changed = answer.get();
  CHECK(status_in(changed) == "processing");
  CHECK(changed.headers.at("etag") != etag);
  CHECK(waits.ask("20s", {{"If-None-Match", etag}}).get().status == 200);
}

TEST_CASE("at the end of its wait a request is answered with the order as it is") {
  WaitFixture waits;
  CHECK(status_in(waits.ask("200ms").get()) == "pending");
  CHECK(waits.ended("expired") == 1);
  RawHttp client(waits.fixture.api->port());
  const auto etag = waits.fixture.get(waits.path).headers.at("etag");
  client.send("GET " + waits.path +
              "?wait=200ms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\nIf-None-Match: " + etag + "\r\n\r\n");
  const auto same = client.receive(std::chrono::seconds(20), true);
  REQUIRE(same);
  CHECK(same->status == 304);
  CHECK(same->headers.at("etag") == etag);
}

TEST_CASE("an order that does not exist, or is deleted during the wait, gives 404") {
  WaitFixture waits;
  CHECK(waits.fixture.get("/orders/00000000-0000-4000-8000-000000000000?wait=20s").status == 404);
  auto answer = waits.ask("20s");
  REQUIRE(waits.waiting(1));
  waits.fixture.database.execute("delete from orders");
  CHECK(answer.get().status == 404);
}

TEST_CASE("a wait that is not valid gives 400") {
  WaitFixture waits;
  const auto answer = waits.ask("21s").get();
  CHECK(answer.status == 400);
  CHECK_THAT(answer.body,
             Catch::Contains("urn:esteira:problem:invalid-query") && Catch::Contains(R"("parameter":"wait")"));
}

TEST_CASE("hundreds of requests wait on one process, and each is answered when its own order changes") {
  WaitFixture waits;
  constexpr int kClients = 200;
  std::vector<std::unique_ptr<RawHttp>> same;
  for (int i = 0; i < kClients; ++i) {
    same.push_back(std::make_unique<RawHttp>(waits.fixture.api->port()));
    same.back()->send(waits.raw_request());
  }
  const auto other_id = ApiFixture::order_id(waits.fixture.post(ApiFixture::small_order()));
  RawHttp other(waits.fixture.api->port());
  other.send("GET /orders/" + other_id + "?wait=20s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\n\r\n");
  REQUIRE(waits.waiting(kClients + 1));
  waits.set_status("paid");
  for (const auto& client : same) {
    const auto answer = client->receive();
    REQUIRE(answer);
    CHECK(status_in(*answer) == "paid");
    CHECK(json::parse(answer->body).at("order_id") == waits.id);
  }
  CHECK(waits.waiting(1));
  waits.fixture.database.execute("update orders set status = 'shipped', updated_at = now() where id = '" + other_id +
                                 "'");
  const auto answer = other.receive();
  REQUIRE(answer);
  CHECK(json::parse(answer->body).at("order_id") == other_id);
}

TEST_CASE("more requests than ESTEIRA_MAX_WAITERS get 503, and requests that do not wait are served") {
  WaitFixture waits(ApiFixture::Settings{{"ESTEIRA_MAX_WAITERS", "2"}});
  RawHttp first(waits.fixture.api->port());
  RawHttp second(waits.fixture.api->port());
  first.send(waits.raw_request());
  second.send(waits.raw_request());
  REQUIRE(waits.waiting(2));
  const auto refused = waits.ask("20s").get();
  CHECK(refused.status == 503);
  CHECK(refused.headers.at("retry-after") == "1");
  CHECK(waits.ended("refused") == 1);
  CHECK(waits.fixture.get(waits.path).status == 200);
  waits.set_status("processing");
  CHECK(first.receive());
  CHECK(second.receive());
  CHECK(waits.waiting(0));
}

TEST_CASE("requests that wait take at most half of the connections") {
  WaitFixture waits(ApiFixture::Settings{{"ESTEIRA_MAX_CONNECTIONS", "16"}});
  std::vector<std::unique_ptr<RawHttp>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<RawHttp>(waits.fixture.api->port()));
    clients.back()->send(waits.raw_request());
  }
  REQUIRE(waits.waiting(8));
  CHECK(waits.ask("20s").get().status == 503);
}

TEST_CASE("a client that leaves waits no longer") {
  WaitFixture waits;
  SECTION("with a reset") {
    RawHttp client(waits.fixture.api->port());
    client.send(waits.raw_request());
    REQUIRE(waits.waiting(1));
    client.abandon();
    CHECK(waits.waiting(0));
  }
  SECTION("by closing") {
    {
      RawHttp client(waits.fixture.api->port());
      client.send(waits.raw_request());
      REQUIRE(waits.waiting(1));
    }
    CHECK(waits.waiting(0));
  }
  CHECK(waits.ended("client_left") == 1);
}

TEST_CASE("a client that closes only its sending side is answered at once") {
  WaitFixture waits;
  const auto socket = Socket::connect(waits.fixture.api->port());
  const auto request = waits.raw_request();
  REQUIRE(::send(socket.get(), request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
  REQUIRE(waits.waiting(1));
  ::shutdown(socket.get(), SHUT_WR);
  std::string received;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::recv(socket.get(), buffer.data(), buffer.size(), 0)) > 0;)
    received.append(buffer.data(), static_cast<std::size_t>(got));
  CHECK_THAT(received, Catch::StartsWith("HTTP/1.1 200 OK") && Catch::Contains(waits.id));
}

TEST_CASE("a shutdown answers the requests that wait at once, and later ones do not wait") {
  WaitFixture waits;
  RawHttp client(waits.fixture.api->port());
  client.send(waits.raw_request());
  REQUIRE(waits.waiting(1));
  waits.fixture.api->begin_drain();
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(status_in(*answer) == "pending");
  CHECK(answer->headers.at("connection") == "close");
  CHECK(status_in(waits.ask("20s").get()) == "pending");
  CHECK(waits.ended("stopped") == 2);
}

TEST_CASE("a stop without a drain answers the requests that wait") {
  WaitFixture waits;
  RawHttp client(waits.fixture.api->port());
  client.send(waits.raw_request());
  REQUIRE(waits.waiting(1));
  waits.fixture.api->stop(std::chrono::seconds(10));
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

TEST_CASE("requests wait through an outage of PostgreSQL") {
  WaitFixture waits;
  auto answer = waits.ask("20s");
  REQUIRE(waits.waiting(1));
  waits.fixture.database_proxy.cut();
  CHECK(waits.ask("20s").get().status == 503);
  waits.set_status("paid");
  waits.fixture.database_proxy.restore();
  CHECK(status_in(answer.get()) == "paid");
}

TEST_CASE("a wait that ends during an outage of PostgreSQL gives 503") {
  WaitFixture waits;
  auto answer = waits.ask("1s");
  REQUIRE(waits.waiting(1));
  waits.fixture.database_proxy.cut();
  CHECK(answer.get().status == 503);
}

TEST_CASE("HEAD waits as GET does, and a pipelined request is answered behind it") {
  WaitFixture waits;
  RawHttp client(waits.fixture.api->port());
  client.send(waits.raw_request("HEAD") + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(waits.waiting(1));
  waits.set_status("processing");
  const auto head = client.receive(std::chrono::seconds(20), true);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->headers.count("etag") == 1);
  const auto next = client.receive();
  REQUIRE(next);
  CHECK_THAT(next->body, Catch::Contains("ok"));
}

TEST_CASE("a request that waited is recorded apart from those that did not") {
  WaitFixture waits;
  CHECK(waits.ask("100ms").get().status == 200);
  CHECK(waits.fixture.metric(R"(esteira_http_requests_total{code="200",method="GET",route="/orders/{id}?wait"})") == 1);
  CHECK(waits.fixture.metric(R"(esteira_http_requests_total{code="200",method="GET",route="/orders/{id}"})") == -1);
}

TEST_CASE("an isolated client does not wait for the order of another") {
  WaitFixture waits(ApiFixture::Settings{{"ESTEIRA_CLIENT_TOKENS", "shop:aaa"}, {"ESTEIRA_ISOLATE_CLIENTS", "true"}});
  CHECK(waits.ask("20s", {{"Authorization", "Bearer aaa"}}).get().status == 404);
}

TEST_CASE("with Redis a request that waited gets the order that completed, and the cache has the same") {
  WaitFixture waits(ApiFixture::Settings{{"REDIS_URL", esteira::test::redis_url()}, {"ESTEIRA_CACHE_TIMEOUT", "5s"}});
  auto answer = waits.ask("20s");
  REQUIRE(waits.waiting(1));
  waits.set_status("completed");
  const auto completed = answer.get();
  CHECK(status_in(completed) == "completed");
  CHECK(wait_until([&] {
    return waits.fixture.get(waits.path).body == completed.body &&
           waits.fixture.metric("esteira_cache_lookups_total{result=\"hit\"}") > 0;
  }));
  CHECK(waits.ask("20s").get().body == completed.body);
}
