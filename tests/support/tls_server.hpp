#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace esteira::test {

/// The certificates of tools/certificates.sh, in a directory of their own that the destructor removes.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  /// "ca.pem", "other-ca.pem", "server.pem", "expired.pem", "server.key"
  [[nodiscard]] std::string path_of(const std::string& name) const { return (directory_ / name).string(); }

 private:
  const std::filesystem::path directory_;
};

/// `openssl s_server` on 127.0.0.1: it makes the handshake of TLS and understands no protocol above it.
class TlsServer {
 public:
  /// With that certificate, and more options of s_server.
  explicit TlsServer(const TestCertificates& certificates, const std::string& certificate = "server.pem",
                     const std::vector<std::string>& options = {});
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Process process_;
  std::uint16_t port_ = 0;
};

}  // namespace esteira::test
