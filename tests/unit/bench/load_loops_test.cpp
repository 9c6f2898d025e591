#include "bench/load/load_loops.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <set>

#include "bench/load/request_builder.hpp"
#include "runtime/http/server.hpp"
#include "tests/support/socket.hpp"

namespace {

using namespace std::chrono_literals;
using esteira::bench::HttpClient;
using esteira::bench::OpenLoop;
using esteira::bench::RequestBuilder;
using esteira::bench::Response;
using esteira::bench::run_closed_loop;
using esteira::test::Socket;
namespace http = esteira::runtime::http;

const RequestBuilder requests_of_test("token", "run");

http::ServerOptions anywhere() {
  http::ServerOptions options;
  options.listen = {"127.0.0.1", 0};
  return options;
}

http::Response accepted() {
  http::Response response;
  response.status = 202;
  return response;
}

/// A port without a listener.
std::pair<Socket, std::uint16_t> bound_only() {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const auto port = socket.port();
  return {std::move(socket), port};
}

}  // namespace

TEST_CASE("a closed loop sends each request once and gets each response") {
  std::atomic<int> served = 0;
  const http::Server server(anywhere(), [&](http::Request&&, http::Responder responder) {
    ++served;
    responder.send(accepted());
  });
  std::set<std::uint64_t> answered;
  run_closed_loop(
      server.port(), 8,
      [](std::size_t number) {
        return number < 500 ? std::optional(requests_of_test.post_order(number)) : std::nullopt;
      },
      [&](std::uint64_t tag, const Response& response, std::chrono::nanoseconds) {
        if (response.status == 202) answered.insert(tag);
      });
  CHECK(answered.size() == 500);
  CHECK(served == 500);
}

TEST_CASE("an open loop measures latency from when a request was due") {
  const http::Server server(anywhere(), [](http::Request&&, http::Responder responder) { responder.send(accepted()); });
  std::chrono::nanoseconds latency{};
  OpenLoop loop(
      server.port(), 1, [](std::uint64_t tag) { return requests_of_test.post_order(tag); },
      [&](std::uint64_t, const Response&, std::chrono::nanoseconds time) { latency = time; });
  loop.schedule(HttpClient::Clock::now() - 1h, 1);
  loop.run();
  CHECK(latency >= 1h);
}

TEST_CASE("a response in an open loop can add requests") {
  const http::Server server(anywhere(), [](http::Request&&, http::Responder responder) { responder.send(accepted()); });
  int answers = 0;
  OpenLoop* again = nullptr;
  OpenLoop loop(
      server.port(), 1, [](std::uint64_t tag) { return requests_of_test.post_order(tag); },
      [&](std::uint64_t tag, const Response&, std::chrono::nanoseconds) {
        ++answers;
        if (tag > 0) again->schedule(HttpClient::Clock::now(), tag - 1);
      });
  again = &loop;
  loop.schedule(HttpClient::Clock::now(), 3);
  loop.run();
  CHECK(answers == 4);
}

TEST_CASE("a request without a listening server is reported with status 0") {
  const auto [socket, port] = bound_only();
  int lost = 0;
  run_closed_loop(
      port, 2,
      [](std::size_t number) { return number < 4 ? std::optional(requests_of_test.post_order(number)) : std::nullopt; },
      [&](std::uint64_t, const Response& response, std::chrono::nanoseconds) { lost += response.status == 0 ? 1 : 0; });
  CHECK(lost == 4);
}
