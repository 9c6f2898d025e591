#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "runtime/postgres/migrations.hpp"
#include "runtime/postgres/session.hpp"
#include "tests/support/names.hpp"
#include "tests/support/process.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/socket.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace {

using Catch::Contains;
using esteira::runtime::postgres::Refused;
using esteira::runtime::postgres::Session;
using esteira::test::Process;
using esteira::test::TestDatabase;
using esteira::test::wait_until;

/// A pgbouncer of its own, with the settings that Debian's package has, in front of the server of a database.
class PgBouncer {
 public:
  PgBouncer(const TestDatabase& database, const std::string& pool_mode) : url_(database.url()) {
    write_config(pool_mode);
    std::vector<std::string> arguments{file_.string()};
    // As root pgbouncer refuses to run.
    if (::getuid() == 0) arguments.insert(arguments.begin(), {"-u", "nobody"});
    process_ = std::make_unique<Process>("/usr/sbin/pgbouncer", arguments, std::map<std::string, std::string>{});
    REQUIRE(wait_until([this] { return process_->output().find("process up") != std::string::npos; }));
  }
  ~PgBouncer() { std::filesystem::remove(file_); }
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;

  [[nodiscard]] std::string url() const { return esteira::test::through(url_, port_); }

 private:
  void write_config(const std::string& pool_mode) const {
    const auto user = url_.find("://") + 3;
    const auto password = url_.find(':', user) + 1;
    const auto host = url_.find('@', password) + 1;
    const auto port = url_.find(':', host) + 1;
    const auto part = [this](std::size_t begin, std::size_t end) { return url_.substr(begin, end - begin); };
    std::ofstream(file_) << "[databases]\n* = host=" << part(host, port - 1)
                         << " port=" << part(port, url_.find('/', port)) << " user=" << part(user, password - 1)
                         << " password=" << part(password, host - 1)
                         << "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " << port_
                         << "\nunix_socket_dir =\nauth_type = any\npool_mode = " << pool_mode << '\n';
    std::filesystem::permissions(file_, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  }

  const std::string url_;
  const std::uint16_t port_ = esteira::test::Socket::listen(0).port();
  const std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / (esteira::test::unique_name("pgbouncer") + ".ini");
  std::unique_ptr<Process> process_;
};

}  // namespace

TEST_CASE("sessions work through pgbouncer in session mode without special settings") {
  TestDatabase database{TestDatabase::Empty{}};
  const PgBouncer pooler(database, "session");
  Session session(pooler.url(), "test", [](pqxx::connection& connection) {
    connection.prepare("timeout", "select current_setting('statement_timeout')");
  });
  esteira::runtime::postgres::migrate(session, {{1, "0001_a.sql", "create table a ()", "sum-a"}});
  std::string timeout;
  session.read([&](pqxx::transaction_base& work) { timeout = work.exec_prepared1("timeout")[0].c_str(); });
  CHECK(timeout == "10s");
}

TEST_CASE("pgbouncer in a mode that shares servers is refused with one line that names the setting") {
  const auto* const mode = GENERATE("transaction", "statement");
  CAPTURE(mode);
  TestDatabase database{TestDatabase::Empty{}};
  const PgBouncer pooler(database, mode);
  Session session(pooler.url(), "test");
  const auto use = [&] { session.read([](pqxx::transaction_base& work) { work.exec("select 1"); }); };
  CHECK_THROWS_WITH(use(), Contains("pool_mode = session"));
  CHECK_THROWS_AS(use(), Refused);
}
