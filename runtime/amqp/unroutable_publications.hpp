#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "runtime/amqp/message.hpp"
#include "runtime/amqp/route.hpp"
#include "runtime/lifecycle/backoff.hpp"

namespace esteira::runtime::amqp {

/// Holds the mandatory publications whose route leads to no queue. For each such route one publication at a time is
/// sent as a probe, after pauses that grow from `first_pause` to `max_pause`. When a queue takes the probe, the others
/// may be sent. So the broker gets one publication of a route instead of all of them again and again. Used by one
/// thread, except `size` and `routes`.
class UnroutablePublications {
 public:
  using Clock = std::chrono::steady_clock;

  UnroutablePublications(std::chrono::milliseconds first_pause, std::chrono::milliseconds max_pause)
      : first_pause_(first_pause), max_pause_(max_pause) {}

  /// True when no route is unroutable: the usual case, and cheap to ask.
  [[nodiscard]] bool empty() const { return routes_.empty(); }
  [[nodiscard]] bool contains(const Publication& publication) const;
  /// The number of publications held, and of probes sent. Thread-safe.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The unroutable routes. Thread-safe.
  [[nodiscard]] std::vector<Route> routes() const;

  /// Holds a publication that the broker returned: its route is unroutable.
  void add_returned(Publication publication, Clock::time_point now);
  /// Holds a publication of an unroutable route, without sending it first.
  void hold(Publication publication);
  /// Drops the publications that are held for a route beyond the first, which is the next probe. Returns their tokens.
  std::vector<std::uint64_t> take_surplus();

  /// The next probe that is due, if one is.
  std::optional<Publication> take_probe(Clock::time_point now);
  /// The time until the next probe is due, at most `max_wait`.
  [[nodiscard]] std::chrono::milliseconds next_probe_in(Clock::time_point now,
                                                        std::chrono::milliseconds max_wait) const;
  /// A queue took, or refused, the publication with this token. When it was a probe, its route is routable: returns the
  /// publications that were held for it.
  std::vector<Publication> answered(std::uint64_t token);
  /// The connection is lost: probes that were sent have no answer, and their publications are not held here any more.
  void forget_probes(Clock::time_point now);

 private:
  struct Held {
    std::deque<Publication> publications;
    Backoff pause;
    Clock::time_point probe_at;
    std::optional<std::uint64_t> probe;  ///< the token of the probe that was sent
  };

  const std::chrono::milliseconds first_pause_;
  const std::chrono::milliseconds max_pause_;
  std::map<Route, Held> routes_;
  std::unordered_map<std::uint64_t, Route> probes_;  ///< by token
  std::atomic<std::size_t> size_ = 0;
  mutable std::mutex mutex_;  ///< held to change the keys of `routes_`, and by other threads to read them
};

}  // namespace esteira::runtime::amqp
