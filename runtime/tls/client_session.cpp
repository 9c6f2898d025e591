#include "runtime/tls/client_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <new>
#include <utility>

#include "runtime/tls/tls_error.hpp"

namespace esteira::runtime::tls {
namespace {

/// Of a call that failed: the socket's own timeout has passed.
bool is_timeout(int error) { return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE; }

void forget_errors() {
  ERR_clear_error();
  errno = 0;
}

}  // namespace

void ClientSession::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void ClientSession::Free::operator()(SSL* session) const { SSL_free(session); }

ClientSession::ClientSession(int socket, Server server)
    : check_(std::move(server)), context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc();
  check_.attach(context_.get());
  session_.reset(SSL_new(context_.get()));
  if (!session_ || SSL_set_fd(session_.get(), socket) != 1) throw std::bad_alloc();
  const auto& host = check_.server().host;
  if (!is_ip_address(host)) SSL_set_tlsext_host_name(session_.get(), host.c_str());
  forget_errors();
  const int result = SSL_connect(session_.get());
  if (result == 1) return;
  if (is_timeout(SSL_get_error(session_.get(), result))) {
    throw TlsError("the server does not answer in the TLS handshake; if its port does not speak TLS, correct " +
                   check_.server().url_setting);
  }
  throw TlsError(check_.failure());
}

/// Tells the server that nothing more comes, and does not wait for its answer.
ClientSession::~ClientSession() {
  if (SSL_in_init(session_.get()) == 0) SSL_shutdown(session_.get());
  ERR_clear_error();
}

void ClientSession::write(std::string_view bytes) {
  while (!bytes.empty()) {
    forget_errors();
    std::size_t written = 0;
    if (const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &written); result != 1)
      throw_broken(result);
    bytes.remove_prefix(written);
  }
}

std::string_view ClientSession::read(char* buffer, std::size_t size) {
  forget_errors();
  std::size_t got = 0;
  if (const int result = SSL_read_ex(session_.get(), buffer, size, &got); result != 1) throw_broken(result);
  return {buffer, got};
}

void ClientSession::throw_broken(int result) const {
  const int error = SSL_get_error(session_.get(), result);
  if (is_timeout(error)) throw TlsError("the server does not answer in time");
  throw TlsError("the TLS connection broke: " +
                 (error == SSL_ERROR_ZERO_RETURN ? "closed by the server" : take_error()));
}

}  // namespace esteira::runtime::tls
