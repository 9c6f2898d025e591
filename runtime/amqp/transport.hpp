#pragma once
#include <amqp.h>

#include <chrono>
#include <memory>
#include <string_view>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/socket_guard.hpp"
#include "runtime/lifecycle/file_descriptor.hpp"

namespace esteira::runtime::amqp {

/// How the bytes of one connection reach the broker: over a plain socket, or over TLS. The library reads, and sends its
/// own requests, through the socket that `open` gives it; FrameWriter sends through `send`. Both are one stream of
/// bytes, so only the connection's thread may use them. Functions throw BrokerError.
class Transport {
 public:
  /// A plain one, or TLS when the URL says so.
  static std::unique_ptr<Transport> make(const BrokerUrl& url);

  virtual ~Transport() = default;
  /// Connects, and gives the library its end. Returns a descriptor of the socket, which stays valid when the library
  /// closes its own. `timeout` applies to each address of the host; with TLS to all addresses and the handshake. The
  /// guard, when given, watches the returned descriptor.
  virtual FileDescriptor open(amqp_connection_state_t library, const BrokerUrl::Host& host,
                              std::chrono::milliseconds timeout, SocketGuard* guard) = 0;
  /// Sends all bytes. Blocks only while the socket's send buffer is full.
  virtual void send(std::string_view bytes) = 0;
  /// Whether received bytes wait inside, so that the socket need not become readable for them.
  [[nodiscard]] virtual bool has_unread() const = 0;
};

}  // namespace esteira::runtime::amqp
