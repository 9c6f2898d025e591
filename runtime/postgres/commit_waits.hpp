#pragma once
#include <chrono>
#include <map>
#include <string>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::postgres {

/// Notices commits that wait for a synchronous standby that does not answer. Such a commit returns no error and has no
/// timeout, so nothing else reports it; what is rolled back does not wait. Sees the sessions of the same user; those of
/// other users only with the rights of pg_read_all_stats. Not thread-safe.
class CommitWaits {
 public:
  /// Looks at the commits that wait now, in the database of `session`. Throws Refused, with a text that stays the same,
  /// when one of them was seen by every call for three seconds: a single look does not tell how long a commit has
  /// waited. Throws Unavailable, too.
  void check(Session& session);

  /// Whether the last look saw a commit that waits.
  [[nodiscard]] bool any() const { return !first_seen_.empty(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::map<std::string, Clock::time_point> first_seen_;  ///< by process and start of the statement
};

}  // namespace esteira::runtime::postgres
