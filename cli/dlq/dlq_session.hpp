#pragma once
#include "cli/installation.hpp"
#include "runtime/orders/operations/dead_letters.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/orders/store/outbox.hpp"

namespace esteira::cli {

/// What each dlq command needs: the installation and its database.
struct DlqSession {
  static void prepare(pqxx::connection& connection) {
    runtime::orders::prepare_dead_letters(connection);
    runtime::orders::prepare_ledger(connection);
    runtime::orders::prepare_outbox(connection);
  }

  Installation installation = Installation::from_environment();
  runtime::postgres::Session database{installation.database_url, "esteira dlq", prepare};
};

}  // namespace esteira::cli
