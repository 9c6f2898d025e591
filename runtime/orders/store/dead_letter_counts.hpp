#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// The dead letters of one stage, as the database knows them: see dead_letters.hpp.
struct DeadLetterCounts {
  std::string stage;
  std::size_t failed_orders = 0;  ///< failed at this stage, neither redriven since nor purged
  std::size_t kept_messages = 0;  ///< messages of its dead-letter queue that belong to no failed order
  double oldest_seconds = 0;      ///< age of the oldest of both
};

/// Prepares the statement of this header on a connection.
void prepare_dead_letter_counts(pqxx::connection& connection);

/// Counts the dead letters of each registered stage, and of each other stage that has one. An order that failed at two
/// stages counts at both, because it has two dead letters. Reads the failed orders and the kept messages only, some
/// microseconds for each, and no queue. Throws Unavailable.
std::vector<DeadLetterCounts> count_dead_letters(postgres::Session& session);

}  // namespace esteira::runtime::orders
