#pragma once
#include <optional>
#include <stdexcept>

#include "cli/dlq/dead_letter_reader.hpp"
#include "cli/dlq/dlq_lock.hpp"
#include "cli/installation.hpp"
#include "runtime/orders/store/ledger.hpp"

namespace esteira::cli {

/// What each dlq command needs: the installation, its database, and a reader for the dead letters that match a filter.
struct DlqSession {
  /// Throws when an audit holds the dead letters for longer than DlqLock waits.
  explicit DlqSession(const DeadLetterFilter& filter)
      : database(installation.database_url, "esteira dlq", runtime::orders::prepare_ledger),
        lock(installation.database_url, DlqLock::Mode::shared) {
    if (!lock.acquire()) throw std::runtime_error("an audit is reading the dead letters; try again when it has ended");
    reader.emplace(installation, database, filter);
  }

  Installation installation = Installation::from_environment();
  runtime::postgres::Session database;
  DlqLock lock;
  std::optional<DeadLetterReader> reader;  ///< always set after construction
};

}  // namespace esteira::cli
