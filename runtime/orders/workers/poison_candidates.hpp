#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/orders/store/ledger.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// What the table poison_candidates contains for a message that came back without a result.
struct CrashRecord {
  int crash_runs = 0;                 ///< how often a host began it in quarantine and recorded no result
  bool released_on_shutdown = false;  ///< a host returned it to the broker while stopping: not a sign of a crash
};

/// Prepares the statements of this header on a connection.
void prepare_poison_candidates(pqxx::connection& connection);

// The functions below work on messages of one stage. Each uses one statement, with its rows sorted by key. They throw
// Unavailable. After InDoubt a repetition is safe, but may count a run twice.

/// The record of each key, in the order of `keys`; an empty record where the table has none.
std::vector<CrashRecord> find_crash_records(postgres::Session& session, const std::string& stage,
                                            const std::vector<RedriveKey>& keys);
/// Counts one run for each: the host is about to begin them.
void mark_poison_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys);
/// Deletes their records: each has a result, or a host is about to run it again after a release.
void clear_poison_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys);
/// Marks the messages that a stopping host returns to the broker. For those in `counted` the last counted run is taken
/// off again.
void release_poison_candidates(postgres::Session& session, const std::string& stage,
                               const std::vector<RedriveKey>& in_flight, const std::vector<RedriveKey>& counted);

/// Deletes records that were not updated for `age_seconds`, at most `limit`; returns how many.
std::size_t prune_poison_candidates(postgres::Session& session, double age_seconds, std::size_t limit);

}  // namespace esteira::runtime::orders
