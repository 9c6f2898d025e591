#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/orders/store/ledger.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// What the table poison_candidates contains for a message that came back without a result.
struct CrashRecord {
  int crash_runs = 0;                 ///< how many hosts crashed while they ran it
  bool released_on_shutdown = false;  ///< a host returned it to the broker while stopping: not a sign of a crash
  std::string owner;                  ///< the instance of the host that runs it, as in WorkerHeartbeat; empty: none
};

/// Prepares the statements of this header on a connection.
void prepare_poison_candidates(pqxx::connection& connection);

// The functions below work on messages of one stage. Each uses one statement, with its rows sorted by key. They throw
// Unavailable. After InDoubt a repetition is safe.

/// The record of each key, in the order of `keys`; an empty record where the table has none.
std::vector<CrashRecord> find_crash_records(postgres::Session& session, const std::string& stage,
                                            const std::vector<RedriveKey>& keys);
/// The host is about to run these messages: it becomes their owner.
void own_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys,
                    const std::string& instance);
/// The host works on these messages while the broker redelivers them: it becomes the owner of those that have none.
void claim_in_flight(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys,
                     const std::string& instance);
/// Counts a crash for each that `owner` still owns; the crash is of that host. Then they have no owner.
void count_crash(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys,
                 const std::string& owner);
/// Deletes the records that belong to `owner`: it has recorded a result for each.
void clear_poison_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys,
                             const std::string& owner);
/// Marks the messages that a stopping host returns to the broker. They have no owner any more.
void release_poison_candidates(postgres::Session& session, const std::string& stage,
                               const std::vector<RedriveKey>& in_flight);

/// Deletes records that were not updated for `age_seconds`, at most `limit`; returns how many.
std::size_t prune_poison_candidates(postgres::Session& session, double age_seconds, std::size_t limit);

}  // namespace esteira::runtime::orders
