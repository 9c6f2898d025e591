#pragma once
#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>

namespace esteira::runtime::postgres {

/// PostgreSQL cannot be used now: away, refusing, out of connections, a timeout, a conflict that retries did not solve.
/// Trying again later is right. what() is one line without secrets.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The commit was sent and its answer lost: it may have happened. Resolved by doing the same idempotent work again.
class InDoubt : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// One connection to PostgreSQL with our time limits, made when it is needed and made anew after a loss.
/// One thread at a time.
class Session {
 public:
  using Prepare = std::function<void(pqxx::connection& connection)>;

  /// `url` is DATABASE_URL; throws ConfigError (without the URL) when it is not a conninfo. `prepare` is run on each
  /// new connection, for prepared statements. `name` is the application_name.
  Session(const std::string& url, const std::string& name, Prepare prepare = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Runs `body` in one transaction and commits. A connection found lost before the commit was sent is made anew and
  /// the work tried again once, a deadlock or a serialization failure a few times, with pauses of milliseconds; `body`
  /// may therefore run more than once. Other trouble of the server throws Unavailable or InDoubt; a mistake of ours
  /// (bad SQL, violated constraint) goes through as it is.
  void transact(const std::function<void(pqxx::work& work)>& body);

  /// Runs `body`, whose one writing statement commits by itself: one round trip instead of three. It must be safe to
  /// repeat, for that is what happens once after a loss, also when it may have been committed. Fails as `transact`
  /// does.
  void write(const std::function<void(pqxx::transaction_base& work)>& body);

  /// Runs `body`, which only reads, without a transaction around it: one round trip a statement, each with its own view
  /// of the data. Fails as `transact` does, but is never in doubt.
  void read(const std::function<void(pqxx::transaction_base& work)>& body);

  /// Drops the connection; the next use makes a new one.
  void disconnect();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::postgres
