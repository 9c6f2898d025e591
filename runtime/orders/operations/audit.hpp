#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// An order that violates a rule, and how.
struct FindingSample {
  std::string order_id;
  std::string detail;
};

/// A rule that is violated: the number of violations, and some of the orders.
struct AuditFinding {
  std::string check;  ///< its short name
  std::string rule;   ///< what must hold
  std::size_t count = 0;
  std::vector<FindingSample> orders;  ///< at most kMaxFindingSamples
};
inline constexpr std::size_t kMaxFindingSamples = 50;

/// Prepares a connection for the queries of this header, which may take minutes over millions of orders.
void prepare_audit(pqxx::connection& connection);

// The functions below throw Unavailable.

/// The number of orders of each status.
std::vector<std::pair<std::string, std::size_t>> count_orders(postgres::Session& session);

/// Checks all orders against the rules that concern the tables alone, and returns the rules that are violated. Each
/// rule is one statement: it sees whole transactions.
std::vector<AuditFinding> check_tables(postgres::Session& session);

/// An order as a query found it.
struct OrderSnapshot {
  std::string order_id;
  std::string updated_at;
  std::string detail;
  // Where its message may be. Only find_stalled sets these.
  std::string publisher{};                 ///< the last stage that is done; empty: none in the order's latest redrive
  std::string next_key{};                  ///< routing key of the event that the order waits for to be worked on
  std::string redriven_to{};               ///< the stage that the order was redriven to, when no stage is done since
  std::vector<std::string> done_stages{};  ///< stages with a result in the order's latest redrive
  bool is_owed = false;                    ///< it was paid, and the message is to undo that
};

/// The database's time, minus `seconds`: a cutoff for the functions below.
std::string time_ago(postgres::Session& session, double seconds);

/// Orders that wait for a message, have no event in the outbox, and have not changed since `cutoff`, those with the
/// oldest change first:
/// - orders that have not ended, at most `limit`;
/// - then refused and cancelled orders whose last event no stage has answered, or that were redriven since, at most
///   `limit`. Nobody needs to answer `optional_events`.
std::vector<OrderSnapshot> find_stalled(postgres::Session& session, const std::string& cutoff, std::size_t limit,
                                        const std::vector<std::string>& optional_events);

/// Those of the snapshots whose order has not changed since, and still has no event in the outbox.
std::vector<OrderSnapshot> recheck_unchanged(postgres::Session& session, const std::vector<OrderSnapshot>& snapshots);

}  // namespace esteira::runtime::orders
