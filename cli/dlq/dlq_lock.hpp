#pragma once
#include <string>

#include "runtime/postgres/session.hpp"

namespace esteira::cli {

/// A lock in the database over the dead letters of an installation. A program that reads a queue hides its messages
/// from other readers. The dlq commands may share the queues and take the lock in shared mode; an audit needs to see
/// every dead letter and takes it in exclusive mode. A connection of its own holds the lock until this object is
/// destroyed.
class DlqLock {
 public:
  enum class Mode { shared, exclusive };
  DlqLock(const std::string& database_url, Mode mode);

  /// Tries for ten seconds. Returns false when other programs still hold the lock. Throws Unavailable.
  bool acquire();

 private:
  Mode mode_;
  runtime::postgres::Session session_;
};

}  // namespace esteira::cli
