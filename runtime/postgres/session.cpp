#include "runtime/postgres/session.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include "runtime/lifecycle/backoff.hpp"
#include "runtime/postgres/conninfo.hpp"
#include "runtime/postgres/error_kind.hpp"
#include "runtime/postgres/watchdog.hpp"

namespace esteira::runtime::postgres {
namespace {

/// Whoever is tried again at once takes back the lock that he has just let go of, before those who waited for it have
/// woken up, and they meet in the same deadlock again. So each waits a moment that grows, and of unequal length.
class RetryBudget {
 public:
  /// False when there is none left for this kind of trouble.
  bool take(ErrorKind trouble) {
    if (trouble == ErrorKind::lost) return !std::exchange(lost_, true);
    if (trouble != ErrorKind::conflict || ++conflicts_ > kMaxConflicts) return false;
    std::this_thread::sleep_for(pause_.next());
    return true;
  }

 private:
  static constexpr int kMaxConflicts = 5;
  bool lost_ = false;
  int conflicts_ = 0;
  Backoff pause_{std::chrono::milliseconds(5), std::chrono::milliseconds(80)};
};

/// libpqxx would quietly connect again inside a transaction that has lost its beginning.
void forbid_reconnect(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

/// Where several hosts are given: the one of this connection. Of two values for one name libpq takes the later.
std::string server_of(const std::string& conninfo, pqxx::connection& connection) {
  const std::string host = connection.hostname() == nullptr ? "" : connection.hostname();
  const std::string port = connection.port() == nullptr ? "" : connection.port();
  return host.empty() ? conninfo : conninfo + " host='" + host + "' port='" + port + "'";
}

}  // namespace

class Session::Impl {
 public:
  Impl(const std::string& url, const std::string& name, Prepare prepare)
      : conninfo_(make_conninfo(url, name)),
        ping_(make_conninfo(url, "esteira watchdog")),
        prepare_(std::move(prepare)) {}

  /// Runs `attempt` (which sets its argument once it has sent a commit) until it succeeds or has used up its second
  /// chances.
  template <class Attempt>
  void run(const Attempt& attempt) {
    RetryBudget chances;
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
        const auto [trouble, text] = diagnose_current_exception(connection_ && connection_->is_open());
        if (trouble == ErrorKind::ours) throw;
        if (trouble == ErrorKind::lost) connection_.reset();
        if (trouble == ErrorKind::lost && committing) throw InDoubt("lost during a commit: " + text);
        if (!chances.take(trouble)) throw Unavailable(text);
      }
    }
  }

  /// As `run`, where an earlier attempt may have been committed: whatever keeps this one from telling leaves that open.
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
    if (connection_ && !connection_->is_open()) connection_.reset();
    if (!connection_) connect();
    return *connection_;
  }

  void connect() {
    try {
      connection_ = std::make_unique<pqxx::connection>(conninfo_);
      forbid_reconnect(*connection_);
      server_ = server_of(ping_, *connection_);
      const Watchdog::Watch watch(Watchdog::instance(), connection_->sock(), server_);
      if (prepare_) prepare_(*connection_);
    } catch (...) {
      const auto [trouble, text] = diagnose_current_exception(connection_ && connection_->is_open());
      connection_.reset();
      if (trouble == ErrorKind::ours) throw;
      throw Unavailable(text);
    }
  }

  std::string conninfo_;
  std::string ping_;    ///< a conninfo to ask whether the server is there
  std::string server_;  ///< that, for the one server of `connection_`
  Prepare prepare_;
  std::unique_ptr<pqxx::connection> connection_;
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
