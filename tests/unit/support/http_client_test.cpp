#include "tests/support/http_client.hpp"

#include <sys/socket.h>

#include <catch2/catch.hpp>

namespace esteira::test {
namespace {

// Both ends of one connection.
struct ServedClient {
  Socket listener = Socket::listen(0);
  RawHttp client{listener.port()};
  Socket server{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};

  void answer(std::string_view bytes) {
    REQUIRE(::send(server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
};

}  // namespace

TEST_CASE("RawHttp reads pipelined responses one by one", "[support]") {
  ServedClient served;
  served.answer("HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 No Content\r\n\r\n");
  const auto first = served.client.receive();
  REQUIRE(first);
  CHECK(first->status == 200);
  CHECK(first->headers.at("x-a") == "b");
  CHECK(first->body == "hi");
  const auto second = served.client.receive();
  REQUIRE(second);
  CHECK(second->status == 204);
}

TEST_CASE("RawHttp distinguishes a partial response from none and reports the close", "[support]") {
  ServedClient served;
  served.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
  CHECK_FALSE(served.client.closed(std::chrono::milliseconds(0)));
  served.server.close();
  CHECK_FALSE(served.client.receive());
  CHECK(served.client.closed());
}

}  // namespace esteira::test
