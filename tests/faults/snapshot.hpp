#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/faults/history.hpp"
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
};

/// What the servers hold once all is quiet.
struct Snapshot {
  std::map<std::string, StoredOrder> orders;  ///< by id
  std::map<std::string, std::string> keys;    ///< idempotency keys, and the order each stands for
  std::map<std::string, int> dead_letters;    ///< order ids, and how many dead letters they have
  std::vector<std::string> leftovers;         ///< what waits although nothing should: a line for each place
};

/// Reads the tables, and takes the dead letters out of those `queues` (names and messages) that are for them.
Snapshot take_snapshot(const std::string& database_url, test::Broker& broker, const std::map<std::string, int>& queues);

}  // namespace esteira::faults
