#include "tests/support/tcp_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <string_view>

namespace esteira::test {
namespace {

bool readable(const Socket& socket, int milliseconds) {
  pollfd wait{socket.get(), POLLIN, 0};
  return ::poll(&wait, 1, milliseconds) == 1;
}

std::string read_from(const Socket& socket) {
  std::array<char, 64> buffer{};
  if (!readable(socket, 20000)) return "nothing came";
  const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  return got < 0 ? "reset" : std::string(buffer.data(), static_cast<std::size_t>(got));
}

void write_to(const Socket& socket, std::string_view text) {
  REQUIRE(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

// A connection through a proxy, with both of its ends.
struct ProxiedPair {
  Socket listener = Socket::listen(0);
  TcpProxy proxy{"127.0.0.1", listener.port()};
  Socket client = Socket::connect(proxy.port());
  Socket server{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
};

}  // namespace

TEST_CASE("TcpProxy forwards bytes in both directions", "[support]") {
  ProxiedPair pair;
  write_to(pair.client, "ping");
  CHECK(read_from(pair.server) == "ping");
  write_to(pair.server, "pong");
  CHECK(read_from(pair.client) == "pong");
}

TEST_CASE("TcpProxy closes one side when the other closes", "[support]") {
  ProxiedPair pair;
  write_to(pair.server, "last");
  pair.server.close();
  CHECK(read_from(pair.client) == "last");
  CHECK(read_from(pair.client).empty());
}

TEST_CASE("A cut TcpProxy resets open and new connections until it is restored", "[support]") {
  ProxiedPair pair;
  pair.proxy.cut();
  CHECK(read_from(pair.client) == "reset");
  CHECK(read_from(pair.server) == "reset");
  CHECK(read_from(Socket::connect(pair.proxy.port())) == "reset");
  pair.proxy.restore();
  pair.client = Socket::connect(pair.proxy.port());
  pair.server = Socket(::accept4(pair.listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  write_to(pair.client, "again");
  CHECK(read_from(pair.server) == "again");
}

TEST_CASE("A frozen TcpProxy delays bytes until it thaws", "[support]") {
  ProxiedPair pair;
  pair.proxy.freeze();
  write_to(pair.client, "late");
  CHECK_FALSE(readable(pair.server, 50));
  pair.proxy.thaw();
  CHECK(read_from(pair.server) == "late");
}

TEST_CASE("TcpProxy cuts a connection in the middle of a message", "[support]") {
  ProxiedPair pair;
  pair.proxy.cut_after(4);
  write_to(pair.server, "to the client");
  CHECK(read_from(pair.client) == "to the client");
  write_to(pair.client, "to the server");
  CHECK(read_from(pair.client) == "reset");
  CHECK(read_from(Socket::connect(pair.proxy.port())) == "reset");
  pair.proxy.restore();
  const auto client = Socket::connect(pair.proxy.port());
  write_to(client, "whole");
  const Socket server(::accept4(pair.listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  CHECK(read_from(server) == "whole");
}

}  // namespace esteira::test
