#pragma once
#include <optional>
#include <stdexcept>
#include <string>

#include "cli/dlq/dead_letters.hpp"
#include "cli/dlq/dlq_lock.hpp"
#include "cli/installation.hpp"
#include "runtime/orders/store/ledger.hpp"

namespace esteira::cli {

/// What every dlq command needs: the installation, a session, and the letters that the options want.
struct DlqSession {
  /// Throws when another program keeps all dead letters for itself.
  explicit DlqSession(const DeadLetterFilter& filter)
      : session(installation.database_url, "esteira dlq", runtime::orders::prepare_ledger),
        lock(installation.database_url, DlqLock::Mode::shared) {
    if (!lock.acquire()) throw std::runtime_error("an audit reads the dead letters; try again when it is done");
    letters.emplace(installation, session, filter);
  }

  Installation installation = Installation::from_environment();
  runtime::postgres::Session session;
  DlqLock lock;
  std::optional<DeadLetters> letters;
};

}  // namespace esteira::cli
