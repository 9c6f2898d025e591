#include "runtime/amqp/dial.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "runtime/amqp/broker_error.hpp"

namespace esteira::runtime::amqp {
namespace {

// The library waits for a write without a limit. This ends it when the peer acknowledges nothing.
constexpr int kUserTimeoutMs = 30'000;
// Must hold all that is sent between two checks of whether the socket is writable.
constexpr int kSendBuffer = 1 << 20;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const BrokerUrl::Host& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.name.c_str(), std::to_string(host.port).c_str(), &hints, &found);
  if (status != 0) throw BrokerError(std::string("the host name cannot be resolved (") + ::gai_strerror(status) + ")");
  return {found, &::freeaddrinfo};
}

int await_connected(int fd, std::chrono::milliseconds timeout) {
  pollfd waited{.fd = fd, .events = POLLOUT, .revents = 0};
  int ready = 0;
  do ready = ::poll(&waited, 1, static_cast<int>(timeout.count()));
  while (ready < 0 && errno == EINTR);
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// 0, or an errno.
int connect_to(const addrinfo& address, int fd, std::chrono::milliseconds timeout) {
  set_socket_options(fd);
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  return errno == EINPROGRESS ? await_connected(fd, timeout) : errno;
}

}  // namespace

void set_socket_options(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs);
}

FileDescriptor dial(const BrokerUrl::Host& host, std::chrono::milliseconds timeout, SocketGuard* guard) {
  const auto addresses = resolve(host);
  int error = EHOSTUNREACH;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    FileDescriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.get() < 0)
      throw BrokerError("no socket could be created (" + std::generic_category().message(errno) + ")");
    const bool not_aborted = guard == nullptr || guard->watch(socket.get());
    error = not_aborted ? connect_to(*address, socket.get(), timeout) : ECANCELED;
    if (error == 0) return socket;
    if (guard != nullptr) guard->forget();
  }
  throw BrokerError(std::generic_category().message(error));
}

}  // namespace esteira::runtime::amqp
