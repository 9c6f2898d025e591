#include "runtime/tls/server_check.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "runtime/text/ascii.hpp"
#include "runtime/tls/tls_error.hpp"

namespace esteira::runtime::tls {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return replace_controls(std::string_view(data, static_cast<std::size_t>(size)), '?');
}

std::string subject_of(const X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  return text_of(bio);
}

std::string text_of(const ASN1_TIME* time) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  ASN1_TIME_print(bio.get(), time);
  return text_of(bio);
}

std::string about(const X509* certificate, int error) {
  if (certificate == nullptr) return {};
  auto text = subject_of(certificate);
  if (error == X509_V_ERR_CERT_HAS_EXPIRED)
    text.append(", valid until ").append(text_of(X509_get0_notAfter(certificate)));
  if (error == X509_V_ERR_CERT_NOT_YET_VALID)
    text.append(", valid from ").append(text_of(X509_get0_notBefore(certificate)));
  return text;
}

bool is_about_host(int error) {
  return error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

bool is_not_tls(int reason) {
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_UNKNOWN_PROTOCOL ||
         reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_RECORD_LENGTH_MISMATCH;
}

/// What an alert means that servers send when they ask for a certificate; "" for others.
const char* alert_remedy(int reason) {
  if (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED)
    return "; it requires a certificate of the client, which is not supported: let the server verify no clients";
  // TLS 1.2 has no alert of its own for that.
  if (reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE)
    return "; if it requires a certificate of the client, which is not supported, let the server verify no clients";
  return "";
}

bool is_too_old(int reason) {
  return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ||
         reason == SSL_R_VERSION_TOO_LOW;
}

}  // namespace

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

std::string take_error() {
  const int system_error = errno;
  const auto error = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  if (error != 0 && ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return "closed by the server";
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  if (reason != nullptr) return std::string(reason).append(alert_remedy(ERR_GET_REASON(error)));
  return system_error == 0 ? "closed by the server" : std::generic_category().message(system_error);
}

void ServerCheck::attach(SSL_CTX* context, OnStart on_start) {
  on_start_ = std::move(on_start);
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &ServerCheck::on_certificate);
  if (on_start_) SSL_CTX_set_info_callback(context, &ServerCheck::on_progress);
  trust(context);
  expect_host(context);
}

void ServerCheck::end_handshake(SSL_CTX* context) { SSL_CTX_set_info_callback(context, nullptr); }

void ServerCheck::trust(SSL_CTX* context) const {
  ERR_clear_error();
  if (server_.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_file(context, server_.ca_file.c_str()) != 1) {
    throw TlsError(std::string(server_.ca_setting)
                       .append(" names a file that cannot be used (")
                       .append(take_error())
                       .append("); it should contain certificates in PEM"));
  }
}

void ServerCheck::expect_host(SSL_CTX* context) const {
  auto* const parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool is_set = is_ip_address(server_.host)
                          ? X509_VERIFY_PARAM_set1_ip_asc(parameters, server_.host.c_str()) == 1
                          : X509_VERIFY_PARAM_set1_host(parameters, server_.host.data(), server_.host.size()) == 1;
  if (!is_set) throw TlsError("the host cannot be verified by TLS; correct it in " + server_.url_setting);
}

int ServerCheck::on_certificate(int accepted, X509_STORE_CTX* chain) {
  if (accepted == 1) return accepted;
  const auto* const session =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const self = static_cast<ServerCheck*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
  self->certificate_error_ = X509_STORE_CTX_get_error(chain);
  self->certificate_about_ = about(X509_STORE_CTX_get_current_cert(chain), self->certificate_error_);
  return accepted;
}

void ServerCheck::on_progress(const SSL* session, int where, int /*result*/) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0) return;
  const auto* const self = static_cast<ServerCheck*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
  self->on_start_(const_cast<SSL*>(session));  // the caller's own object, which OpenSSL passes on as const
}

std::string ServerCheck::certificate_fault() const {
  std::string text = "the certificate of " + server_.host;
  if (is_about_host(certificate_error_)) {
    return text.append(" is for another name (")
        .append(certificate_about_)
        .append("); correct the host in ")
        .append(server_.url_setting)
        .append(", or let the certificate name it");
  }
  text.append(" is not accepted: ").append(X509_verify_cert_error_string(certificate_error_));
  if (!certificate_about_.empty()) text.append(" (").append(certificate_about_).append(")");
  if (certificate_error_ == X509_V_ERR_CERT_HAS_EXPIRED) return text.append("; renew it");
  if (certificate_error_ == X509_V_ERR_CERT_NOT_YET_VALID)
    return text.append("; correct the clock, or the certificate");
  return server_.ca_file.empty()
             ? text.append("; name the file with the certificate of its authority in ").append(server_.ca_setting)
             : text.append("; ").append(server_.ca_setting).append(" should contain the certificate of its authority");
}

std::string ServerCheck::failure() const {
  if (certificate_error_ != X509_V_OK) {
    ERR_clear_error();
    return certificate_fault();
  }
  const int reason = ERR_GET_REASON(ERR_peek_error());
  auto why = take_error();
  if (is_not_tls(reason))
    return "the port does not speak TLS; correct the port or the scheme in " + server_.url_setting;
  if (is_too_old(reason)) return "the server offers no TLS 1.2 or later; allow it there";
  return "the TLS handshake failed: " + std::move(why);
}

}  // namespace esteira::runtime::tls
