#pragma once
#include <functional>
#include <string>

struct ssl_st;
struct ssl_ctx_st;
struct x509_store_ctx_st;

namespace esteira::runtime::tls {

/// Whom a client connects to, and which certificates it trusts.
struct Server {
  std::string host;         ///< a name or an IP address; its certificate must be for it
  std::string ca_file;      ///< PEM; empty: the certificates that the system trusts
  std::string ca_setting;   ///< where `ca_file` comes from, for errors: "RABBITMQ_CA_FILE"
  std::string url_setting;  ///< where `host` comes from, for errors: "RABBITMQ_URL"
};

/// Verifies the server in a TLS handshake: its chain of certificates, their dates, and that the certificate is for the
/// host. TLS 1.2 is the oldest version. Explains why a handshake failed. Not thread-safe.
class ServerCheck {
 public:
  using OnStart = std::function<void(ssl_st* session)>;

  explicit ServerCheck(Server server) : server_(std::move(server)) {}
  ServerCheck(const ServerCheck&) = delete;
  ServerCheck& operator=(const ServerCheck&) = delete;

  /// Sets up a context that makes one connection. This object must live as long as the context is used. `on_start` is
  /// called when the handshake begins. Throws TlsError when the CA file cannot be used.
  void attach(ssl_ctx_st* context, OnStart on_start = {});
  /// Ends the calls of `on_start`, as later messages of TLS 1.3 look like the start of a handshake.
  static void end_handshake(ssl_ctx_st* context);
  /// Why the handshake that has just failed on this thread did so, with the remedy.
  [[nodiscard]] std::string failure() const;

  [[nodiscard]] const Server& server() const { return server_; }

 private:
  static int on_certificate(int accepted, x509_store_ctx_st* chain);
  static void on_progress(const ssl_st* session, int where, int result);
  void trust(ssl_ctx_st* context) const;
  void expect_host(ssl_ctx_st* context) const;
  [[nodiscard]] std::string certificate_fault() const;

  const Server server_;
  OnStart on_start_;
  int certificate_error_ = 0;      ///< X509_V_ERR_...
  std::string certificate_about_;  ///< the subject and the end of validity of the certificate with the error
};

/// Whether `host` is an IP address: certificates name it in another way, and it is not sent as the server name.
[[nodiscard]] bool is_ip_address(const std::string& host);

/// The first error in OpenSSL's list for this thread, or else the last one of the system, in a few words. Empties the
/// list.
[[nodiscard]] std::string take_error();

}  // namespace esteira::runtime::tls
