#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "runtime/amqp/transport.hpp"
#include "runtime/tls/server_check.hpp"

namespace esteira::runtime::amqp {

/// TLS over TCP, by the library's own socket for TLS. The handshake gives its session of OpenSSL, through which `send`
/// writes several frames in one record. The library frees the session when it closes its socket; its descriptor tells.
class TlsTransport final : public Transport {
 public:
  /// `ca_file` as in BrokerUrl.
  explicit TlsTransport(std::string ca_file) : ca_file_(std::move(ca_file)) {}

  FileDescriptor open(amqp_connection_state_t library, const BrokerUrl::Host& host, std::chrono::milliseconds timeout,
                      SocketGuard* guard) override;
  void send(std::string_view bytes) override;
  [[nodiscard]] bool has_unread() const override;

 private:
  void on_handshake(ssl_st* session, SocketGuard* guard);
  [[nodiscard]] std::string open_failure(int status, const BrokerUrl::Host& host, std::chrono::milliseconds timeout,
                                         SocketGuard* guard) const;
  static std::string connect_failure(int status, const BrokerUrl::Host& host, std::chrono::milliseconds timeout,
                                     SocketGuard* guard);
  [[nodiscard]] bool is_open() const;
  void await_writable(int result) const;

  const std::string ca_file_;
  std::unique_ptr<tls::ServerCheck> check_;
  amqp_connection_state_t library_ = nullptr;
  FileDescriptor socket_;      ///< of the handshake; then `open` returns it
  ssl_st* session_ = nullptr;  ///< the library owns it
  int fd_ = -1;
};

}  // namespace esteira::runtime::amqp
