#include <catch2/catch.hpp>
#include <cstdlib>

#include "runtime/postgres/session.hpp"
#include "tests/support/servers.hpp"

namespace esteira::test {
namespace {

using Catch::Contains;
using runtime::postgres::Session;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// "t" when the session of that URL is encrypted.
std::string is_encrypted(const std::string& url) {
  std::string encrypted;
  Session(url, "test").read([&](pqxx::transaction_base& work) {
    encrypted = work.exec1("select ssl from pg_stat_ssl where pid = pg_backend_pid()")[0].c_str();
  });
  return encrypted;
}

std::string refusal(const std::string& url) {
  try {
    return "connected: " + is_encrypted(url);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("sslmode=verify-full verifies PostgreSQL by the CA file and the host name") {
  const Servers servers("tls_postgres", {"postgres", "tls"});
  const auto url = servers.database_tls_url();
  REQUIRE_THAT(url, Contains("sslmode=verify-full"));
  CHECK(is_encrypted(url) == "t");
  CHECK_THAT(refusal(replaced(url, "127.0.0.1", "localhost")), Contains("does not match host name \"localhost\""));
  CHECK_THAT(refusal(replaced(url, "ca.pem", "other-ca.pem")), Contains("certificate verify failed"));
  CHECK_THAT(refusal(replaced(url, "ca.pem", "none.pem")), Contains("none.pem\" does not exist"));

  const auto without_file = url.substr(0, url.find("&sslrootcert"));
  ::setenv("PGSSLROOTCERT", servers.ca_file().c_str(), 1);
  const auto by_environment = refusal(without_file);
  ::unsetenv("PGSSLROOTCERT");
  CHECK(by_environment == "connected: t");
}

}  // namespace esteira::test
