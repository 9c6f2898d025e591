#pragma once
#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace esteira::host {

/// Tells from their heartbeats whether other hosts are alive. A host is dead when its heartbeat stood still while this
/// host's own advanced several times. So nobody is taken for dead while heartbeats cannot be written or read, because
/// PostgreSQL is away, read-only or refuses them. Not thread-safe.
class OwnerWatch {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State {
    alive,    ///< or not known to be dead yet
    dead,     ///< its process ended without a clean stop, or hangs, or has lost PostgreSQL for long
    stopped,  ///< it removed its heartbeat: a clean stop
  };
  /// The instance of a host, and the time of its heartbeat; "" when it has none.
  using Heartbeats = std::map<std::string, std::string>;

  explicit OwnerWatch(std::string own_instance) : own_instance_(std::move(own_instance)) {}

  /// Takes heartbeats that were read at `now`: of this host, and of others that are of interest.
  void update(const Heartbeats& heartbeats, Clock::time_point now);
  /// The state of another host that was in the last update.
  [[nodiscard]] State state(const std::string& instance) const;

 private:
  struct Observation {
    std::string heartbeat;
    int own_beats = 0;  ///< how often this host's heartbeat has advanced since
    Clock::time_point looked_at;
    State state = State::alive;
  };

  const std::string own_instance_;
  std::string own_heartbeat_;
  std::map<std::string, Observation> observations_;
};

}  // namespace esteira::host
