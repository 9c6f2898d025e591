#pragma once
#include <cstddef>
#include <memory>
#include <string_view>

#include "runtime/tls/server_check.hpp"

namespace esteira::runtime::tls {

/// TLS on a connected, blocking socket that another object owns. Each wait ends at the timeout of the socket
/// (SO_RCVTIMEO, SO_SNDTIMEO). Only one thread at a time may use it. Functions throw TlsError; after one the connection
/// must not be used again. A peer that is gone raises SIGPIPE, as `write` does.
class ClientSession {
 public:
  /// Performs the handshake.
  ClientSession(int socket, Server server);
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  void write(std::string_view bytes);
  /// Returns at least one byte.
  std::string_view read(char* buffer, std::size_t size);

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_st* session) const;
  };
  [[noreturn]] void throw_broken(int result) const;

  ServerCheck check_;
  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::unique_ptr<ssl_st, Free> session_;
};

}  // namespace esteira::runtime::tls
