#include <catch2/catch.hpp>
#include <system_error>

#include "tests/integration/http/sample_server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

using esteira::test::get;
using esteira::test::kBigBody;
using esteira::test::post;
using esteira::test::RawHttp;
using esteira::test::SampleServer;
using esteira::test::wait_until;

namespace {

bool refuses_connections(std::uint16_t port) {
  try {
    RawHttp probe(port);
    return false;
  } catch (const std::system_error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("drain responds to the requests in flight and accepts no connections") {
  SampleServer sample;
  RawHttp busy(sample.port());
  RawHttp idle(sample.port());
  busy.send(post("/hold", "kept promise"));
  REQUIRE(wait_until([&] { return sample.server().in_flight() == 1; }));
  std::thread drainer([&] { sample.server().drain(std::chrono::seconds(30)); });
  CHECK(wait_until([&] { return refuses_connections(sample.port()); }));
  CHECK(idle.closed());
  CHECK(wait_until([&] { return sample.release(); }));
  const auto answer = busy.receive();
  busy.abandon();
  drainer.join();
  REQUIRE(answer);
  CHECK(answer->body == "kept promise");
  CHECK(answer->headers.at("connection") == "close");
}

TEST_CASE("after begin_drain each connection is closed after one response") {
  SampleServer sample;
  RawHttp idle(sample.port());
  sample.server().begin_drain();
  RawHttp late(sample.port());
  for (auto* client : {&idle, &late}) {
    client->send(post("/now", "served"));
    const auto answer = client->receive();
    REQUIRE(answer);
    CHECK(answer->body == "served");
    CHECK(answer->headers.at("connection") == "close");
    CHECK(client->closed());
  }
}

TEST_CASE("drain sends a large response completely") {
  SampleServer sample;
  RawHttp client(sample.port());
  client.send(get("/big"));
  REQUIRE(wait_until([&] { return sample.handled() == 1; }));
  std::thread drainer([&] { sample.server().drain(std::chrono::seconds(30)); });
  CHECK(wait_until([&] { return refuses_connections(sample.port()); }));
  const auto answer = client.receive();
  client.abandon();
  drainer.join();
  REQUIRE(answer);
  CHECK(answer->body.size() == kBigBody);
}

TEST_CASE("drain stops at its timeout, and later responses are discarded") {
  SampleServer sample;
  RawHttp client(sample.port());
  client.send(get("/hold"));
  REQUIRE(wait_until([&] { return sample.server().in_flight() == 1; }));
  sample.server().drain(std::chrono::milliseconds(50));
  CHECK(client.closed());
  CHECK(sample.release());
  CHECK(sample.server().in_flight() == 0);
}

TEST_CASE("a server destroyed while clients connect closes all of them") {
  for (int round = 0; round < 20; ++round) {
    auto sample = std::make_unique<SampleServer>();
    std::vector<std::unique_ptr<RawHttp>> clients;
    clients.reserve(20);
    for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<RawHttp>(sample->port()));
    sample.reset();
    int closed = 0;
    for (const auto& client : clients) closed += client->closed() ? 1 : 0;
    CHECK(closed == 20);
  }
}
