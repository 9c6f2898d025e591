#pragma once
#include <string>

#include "runtime/postgres/session.hpp"

namespace esteira::cli {

/// A lock in the database over the messages in the dead-letter queues of an installation: the messages that one command
/// holds are hidden from another, which would believe that it has seen all. A connection of its own holds the lock
/// until this object is destroyed.
class DlqLock {
 public:
  explicit DlqLock(const std::string& database_url) : session_(database_url, "esteira dead letters") {}

  /// Tries for ten seconds. Returns false when another program still holds the lock. Throws Unavailable.
  bool acquire();

 private:
  runtime::postgres::Session session_;
};

}  // namespace esteira::cli
