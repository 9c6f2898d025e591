#pragma once
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "host/job.hpp"

namespace esteira::host {

/// Jobs whose handlers may not start yet. They start in the order of their failures, and then of arrival. Not
/// thread-safe.
class HeldJobs {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Held {
    JobPtr job;
    Time not_before;
    int failures = 0;  ///< of the order's attempts, and results of this message's handler that were no attempts
  };

  void add(Held held) { held_.push_back(std::move(held)); }
  [[nodiscard]] bool empty() const { return held_.empty(); }
  [[nodiscard]] std::size_t size() const { return held_.size(); }

  [[nodiscard]] bool has_startable(Time now) const;
  /// When the next job becomes startable that is not yet, but at most `limit`.
  [[nodiscard]] Time next_startable(Time now, Time limit) const;
  /// Nothing when none is startable.
  std::optional<Held> take_next(Time now);

  /// Takes the jobs that were received `limit` ago, and those that may not start before they would be.
  std::vector<Held> take_overdue(Time now, std::chrono::milliseconds limit);
  std::vector<JobPtr> take_if(const std::function<bool(const Job& job)>& condition);

 private:
  std::deque<Held> held_;
};

}  // namespace esteira::host
