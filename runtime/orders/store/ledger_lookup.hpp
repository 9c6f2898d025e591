#pragma once
#include <limits>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "runtime/orders/store/ledger.hpp"

namespace esteira::runtime::orders {

/// Without `attempt` and `snoozes` no message is superseded.
struct LookupKey {
  std::string order_id;
  std::string stage;
  int redrive = 0;
  int attempt = std::numeric_limits<int>::max();
  int snoozes = std::numeric_limits<int>::max();
};

/// What the ledger contains for an order, stage and redrive.
struct LookupResult {
  bool order_known = false;
  std::optional<TerminalResult> terminal_result;
  bool is_superseded = false;        ///< a later message is scheduled
  bool is_cancel_requested = false;  ///< a request to cancel the order is open
};

/// Prepares the statement of this header on a connection.
void prepare_ledger_lookup(pqxx::connection& connection);

/// What the ledger contains for each key, in the order of `keys`. A key whose order id is not a UUID has no order.
std::vector<LookupResult> look_up(pqxx::transaction_base& work, const std::vector<LookupKey>& keys);

}  // namespace esteira::runtime::orders
