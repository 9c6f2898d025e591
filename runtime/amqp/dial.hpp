#pragma once
#include <chrono>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/socket_guard.hpp"
#include "runtime/lifecycle/file_descriptor.hpp"

namespace esteira::runtime::amqp {

/// Opens a TCP connection and returns its non-blocking socket. `timeout` applies to each address of the host. The
/// kernel closes the connection when the peer acknowledges nothing for 30 seconds (TCP_USER_TIMEOUT). The guard, when
/// given, watches the returned socket. Throws BrokerError with the reason, without the host's name.
FileDescriptor dial(const BrokerUrl::Host& host, std::chrono::milliseconds timeout, SocketGuard* guard);

/// The options of such a socket that do not concern its opening: no delay, keepalive, the size of the send buffer and
/// TCP_USER_TIMEOUT.
void set_socket_options(int fd);

}  // namespace esteira::runtime::amqp
