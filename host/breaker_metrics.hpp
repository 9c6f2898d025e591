#pragma once
#include <string>

#include "host/breaker_state.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::host {

/// The metrics of a stage's circuit breaker, labelled with the stage. Made once, at start. Thread-safe.
struct BreakerMetrics {
  BreakerMetrics(runtime::Metrics& metrics, const std::string& stage);

  /// Counts a transition, and shows the new state.
  void enter(BreakerState::State state);

  prometheus::Gauge& state;  ///< 0 closed, 1 half-open, 2 open
  prometheus::Counter& to_closed;
  prometheus::Counter& to_half_open;
  prometheus::Counter& to_open;
  prometheus::Counter& probes_answered;
  prometheus::Counter& probes_failed;
  prometheus::Counter& open_seconds;  ///< the time that it was not closed
  prometheus::Gauge& held;            ///< messages that it keeps from their handlers
  prometheus::Gauge& paused;          ///< 1 while an operator has paused the stage
};

}  // namespace esteira::host
