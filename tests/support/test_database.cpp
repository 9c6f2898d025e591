#include "tests/support/test_database.hpp"

#include <algorithm>
#include <memory>
#include <pqxx/pqxx>

#include "runtime/postgres/migrations.hpp"
#include "runtime/postgres/session.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"

namespace esteira::test {
namespace {

std::string url_of(const std::string& database) {
  std::string url = database_url();
  const auto query = std::min(url.find('?'), url.size());
  const auto slash = url.find('/', url.find("://") + 3);
  return url.substr(0, std::min(slash, query)) + '/' + database + url.substr(query);
}

// create database and drop database cannot run in a transaction.
void administer(const std::string& sql) {
  pqxx::connection connection(database_url());
  pqxx::nontransaction(connection).exec(sql);
}

std::string create_database(const std::string& options) {
  std::string name = unique_name("esteira_test");
  administer("create database " + name + options);
  return name;
}

void make_template(pqxx::nontransaction& admin, const std::string& name,
                   const std::vector<runtime::postgres::Migration>& migrations) {
  const std::string unfinished = name + "_unfinished";
  admin.exec("drop database if exists " + unfinished + " with (force)");
  admin.exec("create database " + unfinished);
  {
    runtime::postgres::Session session(url_of(unfinished), "esteira-tests");
    runtime::postgres::migrate(session, migrations);
  }
  admin.exec("alter database " + unfinished + " rename to " + name);
}

// One migrated template for each state of sql/. The tests' databases are copies of it, which is faster than migrating
// each. The lock is for test programs that run at the same time.
const std::string& template_name() {
  static const std::string name = [] {
    const auto migrations = runtime::postgres::read_migrations(source_dir() / "sql");
    std::string checksums;
    for (const auto& migration : migrations) checksums += migration.checksum;
    pqxx::connection connection(database_url());
    pqxx::nontransaction admin(connection);
    const auto made = admin.exec1("select 'esteira_template_' || md5(" + admin.quote(checksums) + ")");
    auto wanted = made[0].as<std::string>();
    admin.exec("select pg_advisory_lock(hashtext('esteira_template'))");
    if (admin.exec("select from pg_database where datname = " + admin.quote(wanted)).empty()) {
      make_template(admin, wanted, migrations);
    }
    return wanted;
  }();
  return name;
}

}  // namespace

// Connects when it is first used, and again when the server or a test has ended the connection.
class TestDatabase::Connection {
 public:
  explicit Connection(std::string url) : url_(std::move(url)) {}

  pqxx::result exec(const std::string& sql) {
    if (!connection_) connection_ = std::make_unique<pqxx::connection>(url_);
    try {
      return pqxx::nontransaction(*connection_).exec(sql);
    } catch (const pqxx::broken_connection&) {
      connection_ = std::make_unique<pqxx::connection>(url_);
      return pqxx::nontransaction(*connection_).exec(sql);
    }
  }

 private:
  std::string url_;
  std::unique_ptr<pqxx::connection> connection_;
};

TestDatabase::TestDatabase(std::string name)
    : name_(std::move(name)), url_(url_of(name_)), connection_(std::make_unique<Connection>(url_)) {}
TestDatabase::TestDatabase() : TestDatabase(create_database(" strategy file_copy template " + template_name())) {}
TestDatabase::TestDatabase(Empty, const std::string& options) : TestDatabase(create_database(" " + options)) {}

TestDatabase::~TestDatabase() {
  connection_.reset();
  try {
    administer("drop database if exists " + name_ + " with (force)");
  } catch (const std::exception&) {
    // Ignored: a server that the test has stopped takes its databases with it.
    return;
  }
}

std::string TestDatabase::value(const std::string& sql) {
  const auto rows = connection_->exec(sql);
  return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
}

void TestDatabase::execute(const std::string& sql) { connection_->exec(sql); }

void TestDatabase::terminate_backends() {
  execute(
      "select pg_terminate_backend(pid) from pg_stat_activity"
      " where datname = current_database() and pid <> pg_backend_pid()");
}

}  // namespace esteira::test
