#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/faults/history.hpp"
#include "tests/faults/ledger.hpp"
#include "tests/support/broker.hpp"

namespace esteira::faults {

struct StoredOrder {
  struct Event {
    std::string stage;
    std::string outcome;
  };
  std::string customer_id;
  std::string status;
  std::vector<Item> items;
  std::vector<Event> timeline;
  std::map<std::string, std::string> enrichments;  ///< by stage, as JSON
  std::int64_t cents = 0;                          ///< total; 0 without prices
  std::string compensation;                        ///< none, owed or done; empty unless it is failed or cancelled
  bool is_given_up = false;                        ///< by an operator
};

/// What the servers hold when the deployment is idle.
struct Snapshot {
  std::map<std::string, StoredOrder> orders;  ///< by id
  std::map<std::string, std::string> keys;    ///< order ids by idempotency key
  std::map<std::string, int> dead_letters;    ///< number of dead letters by order id
  std::vector<std::string> leftovers;         ///< queues and tables with unexpected messages or rows, one line each
  Ledger ledger;                              ///< of the mock provider
};

/// Reads the tables, and consumes the dead letters from the dead-letter queues among `queues` (messages by name). The
/// ledger stays empty.
Snapshot take_snapshot(const std::string& database_url, test::Broker& broker, const std::map<std::string, int>& queues);

}  // namespace esteira::faults
