#include "runtime/postgres/session.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include "runtime/lifecycle/backoff.hpp"
#include "runtime/postgres/conninfo.hpp"
#include "runtime/postgres/error_kind.hpp"
#include "runtime/postgres/notice_log.hpp"
#include "runtime/postgres/pooler.hpp"
#include "runtime/postgres/watchdog.hpp"

namespace esteira::runtime::postgres {
namespace {

/// Limits the retries of one operation: one after a lost connection, one with a new session in place of a stale one, a
/// few after conflicts. An immediate retry after a conflict would take the released lock again before the transactions
/// waiting for it wake up, and deadlock again: back off, with jitter.
class RetryBudget {
 public:
  /// Uses up one retry for this kind of error, after a pause if needed. False when none is left.
  bool take(ErrorKind kind) {
    if (kind == ErrorKind::connection_lost) return !std::exchange(reconnected_, true);
    if (kind == ErrorKind::stale_session) return !std::exchange(renewed_, true);
    if (kind != ErrorKind::conflict || ++conflicts_ > kMaxConflicts) return false;
    std::this_thread::sleep_for(backoff_.next());
    return true;
  }

 private:
  static constexpr int kMaxConflicts = 5;
  bool reconnected_ = false;
  bool renewed_ = false;
  int conflicts_ = 0;
  Backoff backoff_{std::chrono::milliseconds(5), std::chrono::milliseconds(80)};
};

/// libpqxx would reconnect silently in the middle of a transaction, whose first statements are then lost.
void forbid_reconnect(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

/// `conninfo` restricted to the host of `connection`, as it may name several. libpq uses the later of two values.
std::string server_of(const std::string& conninfo, pqxx::connection& connection) {
  const std::string host = connection.hostname() == nullptr ? "" : connection.hostname();
  const std::string port = connection.port() == nullptr ? "" : connection.port();
  return host.empty() ? conninfo : conninfo + " host='" + host + "' port='" + port + "'";
}

/// Throws Refused when a pooler does not keep a server for the session: it would lose its settings and statements.
void set_up_session(pqxx::connection& connection, const std::string& sql, const std::string& conninfo) {
  pqxx::nontransaction work(connection);
  const int server_pid = work.exec1(sql)["server_pid"].as<int>();
  if (connection.backendpid() == server_pid) return;
  const auto pid_now = [&work] { return work.exec1("select pg_backend_pid()")[0].as<int>(); };
  if (!is_given_to_others(server_pid, conninfo) && pid_now() == server_pid) return;
  throw Refused(
      "a connection pooler gives the server to others after each transaction: set pool_mode = session for this "
      "database "
      "in pgbouncer");
}

[[noreturn]] void throw_unavailable(ErrorKind kind, const std::string& text) {
  if (is_refusal(kind)) throw Refused(text);
  throw Unavailable(text);
}

}  // namespace

class Session::Impl {
 public:
  Impl(const std::string& url, const std::string& name, Prepare prepare)
      : conninfo_(make_conninfo(url, name)),
        ping_conninfo_(make_conninfo(url, "esteira watchdog")),
        session_sql_(make_session_sql(url)),
        prepare_(std::move(prepare)) {}

  /// Calls `attempt` until it succeeds or no retry is left. `attempt` sets its second argument before it sends a
  /// commit.
  template <class Attempt>
  void run(const Attempt& attempt) {
    RetryBudget retries;
    for (bool committing = false;; committing = false) {
      try {
        auto& connection = this->connection();
        const Watchdog::Watch watch(Watchdog::instance(), connection.sock(), server_);
        attempt(connection, committing);
        return;
      } catch (const pqxx::in_doubt_error&) {
        connection_.reset();
        throw InDoubt("the connection to PostgreSQL was lost during a commit");
      } catch (...) {
        const auto [kind, text] = diagnose_current_exception(connection_ && connection_->is_open());
        if (kind == ErrorKind::request_error) throw;
        if (kind != ErrorKind::conflict && kind != ErrorKind::busy) connection_.reset();
        if (kind == ErrorKind::connection_lost && committing)
          throw InDoubt("the connection to PostgreSQL was lost during a commit: " + text);
        if (!retries.take(kind)) throw_unavailable(kind, text);
      }
    }
  }

  /// As `run`, after an earlier attempt that may have committed: a failure leaves the operation in doubt.
  template <class Attempt>
  void run_in_doubt(const Attempt& attempt) {
    try {
      run(attempt);
    } catch (const Unavailable& error) {
      throw InDoubt(error.what());
    }
  }

  void disconnect() { connection_.reset(); }

 private:
  pqxx::connection& connection() {
    if (Watchdog::instance().is_abandoned()) throw Unavailable("the program ends without waiting for PostgreSQL");
    if (connection_ && !connection_->is_open()) connection_.reset();
    if (!connection_) connect();
    return *connection_;
  }

  void connect() {
    try {
      connection_ = std::make_unique<pqxx::connection>(conninfo_);
      notice_log_ = std::make_unique<NoticeLog>(*connection_);
      forbid_reconnect(*connection_);
      server_ = server_of(ping_conninfo_, *connection_);
      const Watchdog::Watch watch(Watchdog::instance(), connection_->sock(), server_);
      set_up_session(*connection_, session_sql_, ping_conninfo_);
      if (prepare_) prepare_(*connection_);
    } catch (...) {
      const auto [kind, text] = diagnose_current_exception(connection_ && connection_->is_open());
      connection_.reset();
      if (text.empty()) throw;
      throw_unavailable(kind == ErrorKind::request_error ? ErrorKind::refused : kind, text);
    }
  }

  std::string conninfo_;
  std::string ping_conninfo_;  ///< for the watchdog's ping
  std::string session_sql_;    ///< our settings, and those in `options` of DATABASE_URL
  std::string server_;         ///< `ping_conninfo_`, restricted to the server of `connection_`
  Prepare prepare_;
  std::unique_ptr<pqxx::connection> connection_;
  std::unique_ptr<NoticeLog> notice_log_;  ///< of `connection_`
};

Session::Session(const std::string& url, const std::string& name, Prepare prepare)
    : impl_(std::make_unique<Impl>(url, name, std::move(prepare))) {}

Session::~Session() = default;

void Session::transact(const std::function<void(pqxx::work& work)>& body) {
  impl_->run([&body](pqxx::connection& connection, bool& committing) {
    pqxx::work work(connection);
    body(work);
    committing = true;
    work.commit();
  });
}

void Session::rehearse(const std::function<void(pqxx::work& work)>& body) {
  impl_->run([&body](pqxx::connection& connection, bool&) {
    pqxx::work work(connection);
    body(work);
    work.abort();
  });
}

void Session::write(const std::function<void(pqxx::transaction_base& work)>& body) {
  const auto attempt = [&body](pqxx::connection& connection, bool& committing) {
    pqxx::nontransaction work(connection);
    committing = true;
    body(work);
  };
  try {
    impl_->run(attempt);
  } catch (const InDoubt&) {
    impl_->run_in_doubt(attempt);
  }
}

void Session::read(const std::function<void(pqxx::transaction_base& work)>& body) {
  impl_->run([&body](pqxx::connection& connection, bool&) {
    pqxx::nontransaction work(connection);
    body(work);
  });
}

void Session::disconnect() { impl_->disconnect(); }

}  // namespace esteira::runtime::postgres
