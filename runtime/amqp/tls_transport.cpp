#include "runtime/amqp/tls_transport.hpp"

#include <amqp_ssl_socket.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/dial.hpp"
#include "runtime/lifecycle/timeval.hpp"
#include "runtime/tls/tls_error.hpp"

namespace esteira::runtime::amqp {
FileDescriptor TlsTransport::open(amqp_connection_state_t library, const BrokerUrl::Host& host,
                                  std::chrono::milliseconds timeout, SocketGuard* guard) {
  library_ = library;
  check_ = std::make_unique<tls::ServerCheck>(tls::Server{host.name, ca_file_, "RABBITMQ_CA_FILE", "RABBITMQ_URL"});
  amqp_socket_t* end = amqp_ssl_socket_new(library);
  if (end == nullptr) throw std::bad_alloc();
  // ServerCheck lets OpenSSL compare the host, which also knows IP addresses.
  amqp_ssl_socket_set_verify_hostname(end, 0);
  auto* const context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(end));
  try {
    check_->attach(context, [this, guard](SSL* session) { on_handshake(session, guard); });
  } catch (const tls::TlsError& error) {
    throw BrokerError(error.what());
  }
  errno = 0;
  const auto limit = to_timeval(timeout);
  const int status = amqp_socket_open_noblock(end, host.name.c_str(), host.port, &limit);
  tls::ServerCheck::end_handshake(context);
  if (status != AMQP_STATUS_OK) throw BrokerError(open_failure(status, host, timeout, guard));
  if (socket_.get() < 0) throw BrokerError("the process has no file descriptor left");
  fd_ = socket_.get();
  return std::move(socket_);
}

/// The guard watches a copy of the library's descriptor: the library closes its own when the handshake fails.
void TlsTransport::on_handshake(SSL* session, SocketGuard* guard) {
  session_ = session;
  socket_ = FileDescriptor(::fcntl(SSL_get_fd(session), F_DUPFD_CLOEXEC, 0));
  set_socket_options(socket_.get());
  if (tls::is_ip_address(check_->server().host)) SSL_set_tlsext_host_name(session, nullptr);
  if (guard != nullptr && !guard->watch(socket_.get())) ::shutdown(socket_.get(), SHUT_RDWR);
}

std::string TlsTransport::open_failure(int status, const BrokerUrl::Host& host, std::chrono::milliseconds timeout,
                                       SocketGuard* guard) const {
  if (session_ == nullptr) return connect_failure(status, host, timeout, guard);
  if (status == AMQP_STATUS_TIMEOUT)
    return "the broker does not answer in the TLS handshake; if its port does not speak TLS, correct RABBITMQ_URL";
  return check_->failure();
}

/// The library does not tell why it could not connect. Another attempt does.
std::string TlsTransport::connect_failure(int status, const BrokerUrl::Host& host, std::chrono::milliseconds timeout,
                                          SocketGuard* guard) {
  if (status == AMQP_STATUS_TIMEOUT) return "Connection timed out";
  const auto socket = dial(host, timeout, guard);
  if (guard != nullptr) guard->forget();
  return amqp_error_string2(status);
}

bool TlsTransport::is_open() const { return amqp_get_sockfd(library_) >= 0; }

bool TlsTransport::has_unread() const { return is_open() && SSL_pending(session_) > 0; }

void TlsTransport::send(std::string_view bytes) {
  if (!is_open()) throw BrokerError("connection lost: the TLS connection is closed");
  while (!bytes.empty()) {
    ERR_clear_error();
    errno = 0;
    std::size_t sent = 0;
    const int result = SSL_write_ex(session_, bytes.data(), bytes.size(), &sent);
    if (result == 1) {
      bytes.remove_prefix(sent);
    } else {
      await_writable(result);
    }
  }
}

/// No timeout: the kernel closes the connection when the peer acknowledges nothing (TCP_USER_TIMEOUT).
void TlsTransport::await_writable(int result) const {
  const int error = SSL_get_error(session_, result);
  if (error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ)
    throw BrokerError("connection lost: " + tls::take_error());
  const auto events = static_cast<short>(error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN);
  pollfd waited{.fd = fd_, .events = events, .revents = 0};
  ::poll(&waited, 1, -1);
}

}  // namespace esteira::runtime::amqp
