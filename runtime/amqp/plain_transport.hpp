#pragma once
#include <string_view>

#include "runtime/amqp/transport.hpp"

namespace esteira::runtime::amqp {

/// A TCP socket.
class PlainTransport final : public Transport {
 public:
  FileDescriptor open(amqp_connection_state_t library, const BrokerUrl::Host& host, std::chrono::milliseconds timeout,
                      SocketGuard* guard) override;
  void send(std::string_view bytes) override { send_on(fd_, bytes); }
  [[nodiscard]] bool has_unread() const override { return false; }

  /// Sends all bytes on a non-blocking socket.
  static void send_on(int fd, std::string_view bytes);

 private:
  int fd_ = -1;
};

}  // namespace esteira::runtime::amqp
