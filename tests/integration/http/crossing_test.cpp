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

struct Tally {
  std::atomic<int> right{0};
  std::atomic<int> wrong{0};
  std::atomic<int> missing{0};
};

void count_answer(Tally& tally, RawHttp& connection, const std::string& token) {
  const auto answer = connection.receive();
  if (!answer) {
    ++tally.missing;
  } else {
    ++(answer->body == token ? tally.right : tally.wrong);
  }
}

/// Three in ten requests are left unread, half of those by a plain end, half by a reset: descriptors are used again
/// while answers to their former owners are under way.
void be_a_client(int client, std::uint16_t port, Tally& tally) {
  auto connection = std::make_unique<RawHttp>(port);
  for (int i = 0; i < kRequestsEach; ++i) {
    const auto token = std::to_string(client) + '-' + std::to_string(i);
    connection->send(post(i % 4 == 0 ? "/now" : "/later", token));
    const int fate = (i * 7 + client) % 20;
    if (fate >= 6) {
      count_answer(tally, *connection, token);
      continue;
    }
    if (fate % 2 == 0) connection->abandon();
    connection = std::make_unique<RawHttp>(port);
  }
}

}  // namespace

TEST_CASE("no client ever gets another's answer, though many leave before theirs") {
  SampleServer sample;
  Tally tally;
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] { be_a_client(client, sample.port(), tally); });
  }
  for (auto& client : clients) client.join();
  CHECK(tally.wrong == 0);
  CHECK(tally.missing == 0);
  CHECK(tally.right == kClients * kRequestsEach * 14 / 20);
}
