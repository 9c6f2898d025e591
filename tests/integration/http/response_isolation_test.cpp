#include <atomic>
#include <catch2/catch.hpp>

#include "tests/integration/http/sample_server.hpp"
#include "tests/support/http_client.hpp"

using esteira::test::post;
using esteira::test::RawHttp;
using esteira::test::SampleServer;

namespace {

constexpr int kClients = 16;
constexpr int kRequestsEach = 500;

struct Counts {
  std::atomic<int> own{0};
  std::atomic<int> foreign{0};
  std::atomic<int> missing{0};
};

void count_response(Counts& counts, RawHttp& connection, const std::string& token) {
  const auto answer = connection.receive();
  if (!answer) {
    ++counts.missing;
  } else {
    ++(answer->body == token ? counts.own : counts.foreign);
  }
}

/// Disconnects before three in ten responses, half of the time with a reset: descriptors are reused while responses to
/// their former owners are still to be sent.
void run_client(int client, std::uint16_t port, Counts& counts) {
  auto connection = std::make_unique<RawHttp>(port);
  for (int i = 0; i < kRequestsEach; ++i) {
    const auto token = std::to_string(client) + '-' + std::to_string(i);
    connection->send(post(i % 4 == 0 ? "/now" : "/later", token));
    const int choice = (i * 7 + client) % 20;
    if (choice >= 6) {
      count_response(counts, *connection, token);
      continue;
    }
    if (choice % 2 == 0) connection->abandon();
    connection = std::make_unique<RawHttp>(port);
  }
}

}  // namespace

TEST_CASE("no client gets the response of another, even when clients disconnect early") {
  SampleServer sample;
  Counts counts;
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] { run_client(client, sample.port(), counts); });
  }
  for (auto& client : clients) client.join();
  CHECK(counts.foreign == 0);
  CHECK(counts.missing == 0);
  CHECK(counts.own == kClients * kRequestsEach * 14 / 20);
}
