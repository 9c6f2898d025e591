#pragma once
#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>

namespace esteira::runtime::postgres {

/// PostgreSQL cannot be used now: it is unreachable, rejects the connection, has no free connection, or refuses the
/// work; or a conflict persisted after retries. Trying again later is right. what() is one line without secrets.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// PostgreSQL answered, and refuses the work for a reason that is not in its rows: a missing right, a schema that does
/// not fit, no space, a lock, a server that only reads. Nothing was written. what() is the server's message, its
/// SQLSTATE and the remedy. The same work succeeds when an operator has done that.
class Refused : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// The connection was lost after the commit was sent, so the transaction may have been committed. Repeating the same
/// idempotent work resolves the doubt.
class InDoubt : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// One connection to PostgreSQL with our timeouts. Connects at the first use and reconnects after a loss. Used by one
/// thread at a time.
class Session {
 public:
  using Prepare = std::function<void(pqxx::connection& connection)>;

  /// `url` is DATABASE_URL and `name` the application_name. `prepare` is called with each new connection and creates
  /// the prepared statements. Throws ConfigError, whose text does not contain the URL, when `url` is not a valid
  /// conninfo.
  Session(const std::string& url, const std::string& name, Prepare prepare = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Runs `body` in one transaction and commits. `body` may run more than once: after a connection lost before the
  /// commit was sent, once more on a new connection; when the schema, the server's role or its prepared statements have
  /// changed under the session, once more with a new session; after a deadlock or a serialization failure, a few times
  /// more, with pauses of milliseconds. Throws Unavailable, or InDoubt when the connection was lost after the commit
  /// was sent, or Refused. Errors about the rows (bad data, a violated constraint) and exceptions of `body` are passed
  /// on unchanged.
  void transact(const std::function<void(pqxx::work& work)>& body);

  /// Runs `body` in one transaction and rolls it back: tells whether the work is possible. Throws as `transact` does,
  /// but never InDoubt.
  void rehearse(const std::function<void(pqxx::work& work)>& body);

  /// Runs `body` without a transaction around it; its single writing statement commits by itself. This takes one round
  /// trip instead of three. After a lost connection `body` runs once more, also when the first run may have committed,
  /// so it must be idempotent. Throws as `transact` does.
  void write(const std::function<void(pqxx::transaction_base& work)>& body);

  /// Runs `body`, which only reads, without a transaction around it. Each statement takes one round trip and has a
  /// snapshot of its own. Throws as `transact` does, but never InDoubt.
  void read(const std::function<void(pqxx::transaction_base& work)>& body);

  /// Closes the connection. The next use reconnects.
  void disconnect();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::postgres
