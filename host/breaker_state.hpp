#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "runtime/lifecycle/backoff.hpp"

namespace esteira::host {

/// When the circuit breaker of a stage opens: ESTEIRA_BREAKER.
struct BreakerThreshold {
  std::size_t failures = 10;  ///< so many failures among the last `window` results open it; 0: it never opens
  std::size_t window = 20;

  /// Reads "10/20" or "off". Throws ConfigError.
  static BreakerThreshold parse(const std::string& text);
};

/// The states of a circuit breaker, without threads: the caller gives the time and reports what happens. Closed:
/// handlers start freely. Open: none starts. Half-open: one started, the probe. A failure is a handler that asks for a
/// retry, throws or exceeds its time limit; every other result is an answer.
///
/// Closed → open: `failures` orders failed in a row, or as many of the last `window` results are failures, where a
/// repeated attempt that fails is no result: orders of a kind that always fails have several such attempts each, and
/// must not stop the others. An order counts once: one order that fails at each attempt does not open the breaker. Open
/// → half-open: after a wait, which doubles from `first_wait` to kMaxWaitFactor times as long, with jitter, and is no
/// shorter than what a handler asked for. Half-open → closed or open: the result of the probe, and of no other handler.
///
/// After the probe the breaker is closed, but recovering: each answer lets one more handler run at once, so their
/// number doubles with each round. An answer that took much longer than the fastest one shows that the dependency has
/// enough to do: of such answers a whole round lets one more handler run. The recovery ends when the number reaches
/// `full_load`, or when the caller ends it since nothing waits any more. While no more than half of the results are
/// answers, a failure opens the breaker again.
///
/// A handler that began before the breaker opened says nothing about the time after it: its answer is not counted, and
/// its failure is nobody's attempt. Not thread-safe.
class BreakerState {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  enum class State { closed, half_open, open };
  struct Options {
    BreakerThreshold threshold;
    std::chrono::milliseconds first_wait{5000};
    std::size_t full_load = 512;  ///< the most handlers that may ever run at once
  };
  /// The wait before a probe is at most so many times `first_wait`, unless a handler asks for longer.
  static constexpr int kMaxWaitFactor = 12;
  /// A handler's request delays the next probe by at most this time.
  static constexpr std::chrono::milliseconds kMaxRequestedWait = std::chrono::hours(1);
  /// An answer is late when it took longer than twice the fastest one and this time, which a busy machine may add.
  static constexpr std::chrono::milliseconds kLateness{100};

  explicit BreakerState(Options options);

  [[nodiscard]] State state() const { return state_; }
  /// Closed, and there is no limit to the handlers that run.
  [[nodiscard]] bool is_free() const { return state_ == State::closed && !is_recovering_; }
  /// How many more handlers may start now, apart from a probe.
  [[nodiscard]] std::size_t places() const;
  /// A handler takes one of the places.
  void start();
  /// A handler that took a place does not start after all.
  void cancel_start();

  /// When the next probe is due, while the breaker is open.
  [[nodiscard]] Time probe_at() const { return probe_at_; }
  [[nodiscard]] bool is_probe_due(Time now) const { return state_ == State::open && now >= probe_at_; }
  /// `token` names the message whose handler is the probe.
  void start_probe(std::uint64_t token);
  /// The probe does not start after all: another one is due at once.
  void cancel_probe();
  [[nodiscard]] std::uint64_t probe() const { return state_ == State::half_open ? probe_ : 0; }

  /// Handlers were kept from starting for another reason than the breaker's; let them start as after a probe.
  void recover();
  /// No message waits to start: there is nothing to start slowly.
  void end_recovery() { is_recovering_ = false; }

  struct Result {
    std::uint64_t token = 0;
    std::size_t order = 0;  ///< equal for results of the same order
    bool is_failure = false;
    Time began;                                        ///< when the handler began
    std::optional<std::chrono::milliseconds> delay{};  ///< that the handler asked for
    bool is_repeat = false;                            ///< an attempt of the order failed before
  };
  /// Takes a handler's result. False when it is no attempt: the message is to be kept and run again.
  bool accept(const Result& result, Time now);
  /// Why the breaker has its state, in a few words.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  struct Entry {
    std::size_t order = 0;
    bool is_failure = false;
  };

  bool accept_while_closed(const Result& result, Time now);
  void finish_probe(const Result& result, Time now);
  void count(const Result& result);
  void count_in_window(const Result& result);
  void allow_more(Clock::duration took);
  [[nodiscard]] bool must_open() const;
  void open(std::string reason, Time now, const std::optional<std::chrono::milliseconds>& requested);
  void close();

  const Options options_;
  runtime::Backoff backoff_;
  State state_ = State::closed;
  std::string reason_;
  std::vector<std::size_t> in_a_row_;  ///< orders that failed since the last answer
  std::deque<Entry> window_;
  std::size_t failures_ = 0;  ///< in window_
  Time opened_at_ = Time::min();
  Time probe_at_ = Time::min();
  std::uint64_t probe_ = 0;
  bool is_recovering_ = false;
  std::size_t running_ = 0;                           ///< recovering: handlers that took a place
  std::size_t allowed_ = 0;                           ///< recovering: handlers that may run at once
  std::size_t late_answers_ = 0;                      ///< since allowed_ grew
  Clock::duration fastest_ = Clock::duration::max();  ///< of the handlers that answered since the last probe began
  std::size_t answers_ = 0;                           ///< since the last probe, which is one of them
  std::size_t refailed_ = 0;                          ///< failures since then
};

/// "closed", "half-open" or "open".
[[nodiscard]] const char* name_of(BreakerState::State state);

}  // namespace esteira::host
