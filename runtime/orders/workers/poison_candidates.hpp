#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/orders/store/ledger.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// What is known of a message that came back without an outcome.
struct CrashRecord {
  int runs = 0;           ///< how often it was begun as a suspect and did not come to an outcome
  bool released = false;  ///< a host that was stopping let go of it: no sign of a crash
};

/// Prepares the statements of this header on a connection.
void prepare_poison_candidates(pqxx::connection& connection);

// All of them are for messages of one stage, in one statement a call, rows in order of their keys; safe to repeat but
// for the counting. They throw Unavailable.

/// What is known of each, in the order asked; nothing known is no suspicion.
std::vector<CrashRecord> find_crash_records(postgres::Session& session, const std::string& stage,
                                            const std::vector<RedriveKey>& keys);
/// They are about to be begun: counts a run each.
void mark_poison_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys);
/// They came to an outcome.
void clear_poison_candidates(postgres::Session& session, const std::string& stage, const std::vector<RedriveKey>& keys);
/// A host that is stopping lets go of them; for those in `begun` the run that was counted is taken back.
void release_poison_candidates(postgres::Session& session, const std::string& stage,
                               const std::vector<RedriveKey>& held, const std::vector<RedriveKey>& begun);

/// Forgets what nobody touched for that long; at most `limit` rows; returns how many.
std::size_t prune_poison_candidates(postgres::Session& session, double age_seconds, std::size_t limit);

}  // namespace esteira::runtime::orders
