#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "runtime/orders/operations/redrive.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// An order that breaks a rule, and how.
struct FindingSample {
  std::string order_id;
  std::string detail;
};

/// A rule that orders break: how many do, and some of them.
struct AuditFinding {
  std::string check;  ///< its short name
  std::string rule;   ///< what should hold
  std::size_t count = 0;
  std::vector<FindingSample> orders;  ///< at most kMaxFindingSamples
};
inline constexpr std::size_t kMaxFindingSamples = 50;

/// Prepares a connection for the questions of this header, which may take minutes over millions of orders.
void prepare_audit(pqxx::connection& connection);

/// How many orders there are, by status.
std::vector<std::pair<std::string, std::size_t>> count_orders(postgres::Session& session);

/// The rules that the tables alone must keep, over all orders; those that are broken. Each rule is one statement, so it
/// sees whole transactions and never an order half moved.
std::vector<AuditFinding> check_tables(postgres::Session& session);

/// An order as it stood when it was looked at.
struct OrderSnapshot {
  std::string order_id;
  std::string updated_at;
  std::string detail;
};

/// The database's time, `seconds` ago, as text to hand to the functions below.
std::string time_ago(postgres::Session& session, double seconds);

/// Orders that are not at their end, unchanged since `cutoff` and without an event in the outbox: those quiet for
/// longest, at most `limit`.
std::vector<OrderSnapshot> find_stalled(postgres::Session& session, const std::string& cutoff, std::size_t limit);

/// Whether any order is `failed` whose dead letter nobody threw away.
bool any_failed(postgres::Session& session);

/// Orders `failed` since before `cutoff` that have none of these letters; order, stage and redrive of a letter count.
std::vector<OrderSnapshot> find_failed_without(postgres::Session& session, const std::vector<DeadLetter>& letters,
                                               const std::string& cutoff, std::size_t limit);

/// Orders unchanged since before `cutoff` that wait for one of these letters, because nobody but the broker gave it up.
std::vector<OrderSnapshot> find_given_up(postgres::Session& session, const std::vector<DeadLetter>& letters,
                                         const std::string& cutoff);

/// Those that stand as they were seen, and still have no event in the outbox.
std::vector<OrderSnapshot> recheck_unchanged(postgres::Session& session, const std::vector<OrderSnapshot>& snapshots);

}  // namespace esteira::runtime::orders
