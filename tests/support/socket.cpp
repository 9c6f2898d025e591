#include "tests/support/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace esteira::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Socket tcp_socket(int option_level, int option) {
  Socket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(made.get(), option_level, option, &on, sizeof on);
  return made;
}

void check(int result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Socket Socket::connect(std::uint16_t port) {
  Socket made = tcp_socket(IPPROTO_TCP, TCP_NODELAY);
  const auto address = loopback(port);
  check(::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  return made;
}

Socket Socket::listen(std::uint16_t port) {
  Socket made = tcp_socket(SOL_SOCKET, SO_REUSEADDR);
  const auto address = loopback(port);
  check(::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  check(::listen(made.get(), 128), "listen");
  return made;
}

std::uint16_t Socket::port() const {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  check(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  return ntohs(address.sin_port);
}

void Socket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Socket::reset() {
  const linger at_once{1, 0};
  if (open()) ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace esteira::test
