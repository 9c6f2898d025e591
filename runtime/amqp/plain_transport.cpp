#include "runtime/amqp/plain_transport.hpp"

#include <amqp_tcp_socket.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/dial.hpp"

namespace esteira::runtime::amqp {

FileDescriptor PlainTransport::open(amqp_connection_state_t library, const BrokerUrl::Host& host,
                                    std::chrono::milliseconds timeout, SocketGuard* guard) {
  auto socket = dial(host, timeout, guard);
  // The library may close its descriptor at any time, and the kernel may give the same number to another socket. So the
  // library gets a copy, and the returned one stays valid.
  const int copy = ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw BrokerError(std::generic_category().message(errno));
  FileDescriptor unclaimed(copy);
  amqp_socket_t* end = amqp_tcp_socket_new(library);
  if (end == nullptr) throw std::bad_alloc();
  amqp_tcp_socket_set_sockfd(end, unclaimed.release());
  fd_ = socket.get();
  return socket;
}

void PlainTransport::send_on(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      // No timeout: the kernel closes the connection when the peer acknowledges nothing (TCP_USER_TIMEOUT).
      pollfd waited{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&waited, 1, -1);
    } else if (errno != EINTR) {
      throw BrokerError("connection lost: " + std::generic_category().message(errno));
    }
  }
}

}  // namespace esteira::runtime::amqp
