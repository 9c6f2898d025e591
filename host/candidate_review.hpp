#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "host/inbox.hpp"
#include "host/job.hpp"
#include "host/owner_watch.hpp"
#include "runtime/orders/workers/poison_candidates.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Finds out for redelivered messages why they were redelivered, and holds them until that is known:
/// - A message with a recorded result needs no run.
/// - One that a stopping host released runs as if it were new.
/// - One that another host is running is held until that host has a result, stops or dies. When it dies, that is a
/// crash.
/// - Any other is a candidate. It is held for `settle_time` first: a host that has lost its connection needs a moment
/// to
///   claim what it is running.
/// Used by one thread.
class CandidateReview {
 public:
  struct Options {
    std::string stage;
    std::string instance;  ///< of this host
    std::chrono::milliseconds settle_time{1000};
  };
  enum class Cause { crash, stop, unknown };
  struct Candidate {
    JobPtr job;
    int crash_runs = 0;
    Cause cause = Cause::unknown;  ///< of the redelivery
  };
  struct Verdicts {
    Inbox::Duplicates recorded;
    std::vector<JobPtr> released;
    std::vector<Candidate> candidates;
  };

  explicit CandidateReview(Options options) : options_(std::move(options)), watch_(options_.instance) {}

  void add(const std::vector<JobPtr>& jobs);
  [[nodiscard]] bool empty() const { return held_.empty(); }
  /// Looks at the messages that are due, some hundred at most. Those in the result are not held any more. Counts the
  /// crashes of dead hosts. Throws Unavailable; a repetition is safe.
  Verdicts review(runtime::postgres::Session& session);

 private:
  using Clock = std::chrono::steady_clock;
  using Record = runtime::orders::CrashRecord;
  struct Held {
    JobPtr job;
    Clock::time_point settled_at;
    Clock::time_point due;
  };

  std::vector<Held> take_due(Clock::time_point now);
  Verdicts judge(runtime::postgres::Session& session, const std::vector<Held>& due, Clock::time_point now);
  void watch_owners(runtime::postgres::Session& session, const std::vector<Record>& records, Clock::time_point now);
  [[nodiscard]] bool is_other(const Record& record) const;
  void hold(Held held, Clock::time_point until);

  const Options options_;
  OwnerWatch watch_;
  std::vector<Held> held_;
};

}  // namespace esteira::host
