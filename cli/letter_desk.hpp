#pragma once
#include <optional>
#include <stdexcept>
#include <string>

#include "cli/dead_letters.hpp"
#include "cli/letters_lock.hpp"
#include "cli/plant.hpp"
#include "runtime/orders/ledger.hpp"

namespace esteira::cli {

/// What every dlq command needs: the installation, a session, and the letters that the options want.
struct LetterDesk {
  /// Throws when another program keeps all dead letters for itself.
  explicit LetterDesk(const LetterFilter& filter)
      : session(plant.database_url, "esteira dlq", runtime::orders::prepare_ledger),
        lock(plant.database_url, LettersLock::Mode::shared) {
    if (!lock.acquire()) throw std::runtime_error("an audit reads the dead letters; try again when it is done");
    letters.emplace(plant, session, filter);
  }

  Plant plant = Plant::from_environment();
  runtime::postgres::Session session;
  LettersLock lock;
  std::optional<DeadLetters> letters;
};

}  // namespace esteira::cli
