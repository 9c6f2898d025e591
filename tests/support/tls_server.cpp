#include "tests/support/tls_server.hpp"

#include <stdexcept>

#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {
namespace {

/// With -www it does not read its standard input, at whose end it would exit.
std::vector<std::string> server_arguments(const TestCertificates& certificates, const std::string& certificate,
                                          const std::vector<std::string>& options) {
  std::vector<std::string> arguments{"s_server", "-www",
                                     "-accept",  "127.0.0.1:0",
                                     "-cert",    certificates.path_of(certificate),
                                     "-key",     certificates.path_of("server.key")};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return arguments;
}

/// The port in the line "ACCEPT 127.0.0.1:PORT"; 0 when it is not there yet.
std::uint16_t accepting_port(const std::string& output) {
  const std::string before = "ACCEPT 127.0.0.1:";
  const auto found = output.find(before);
  if (found == std::string::npos || output.find('\n', found) == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::stoul(output.substr(found + before.size())));
}

}  // namespace

TestCertificates::TestCertificates() : directory_(servers_dir() / unique_name("certificates")) {
  Process script(source_dir() / "tools" / "certificates.sh", {directory_.string()}, {});
  if (script.wait() != 0) throw std::runtime_error("certificates.sh: " + script.output());
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

TlsServer::TlsServer(const TestCertificates& certificates, const std::string& certificate,
                     const std::vector<std::string>& options)
    : process_("openssl", server_arguments(certificates, certificate, options), {}) {
  if (!wait_until([&] { return (port_ = accepting_port(process_.output())) != 0; }))
    throw std::runtime_error("openssl s_server: " + process_.output());
}

}  // namespace esteira::test
