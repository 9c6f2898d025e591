#pragma once
#include <chrono>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/file_descriptor.hpp"
#include "runtime/amqp/socket_guard.hpp"

namespace esteira::runtime::amqp {

/// A connected, non-blocking socket that gives up on a peer that acknowledges nothing for half a minute. `timeout` is
/// for each address of the host. The guard, when given, watches the socket that is returned.
/// Throws BrokerError with the reason alone.
FileDescriptor dial(const BrokerUrl::Host& host, std::chrono::milliseconds timeout, SocketGuard* guard);

}  // namespace esteira::runtime::amqp
