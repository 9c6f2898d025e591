#include "host/breaker_metrics.hpp"

namespace esteira::host {

namespace {

prometheus::Counter& transitions(runtime::Metrics& metrics, const std::string& stage, const std::string& state) {
  return metrics.counter("esteira_breaker_transitions_total", "Transitions of the circuit breaker, by the new state.",
                         {{"stage", stage}, {"to", state}});
}

prometheus::Counter& probes(runtime::Metrics& metrics, const std::string& stage, const std::string& outcome) {
  return metrics.counter("esteira_breaker_probes_total", "Probes of the circuit breaker, by outcome.",
                         {{"stage", stage}, {"outcome", outcome}});
}

}  // namespace

BreakerMetrics::BreakerMetrics(runtime::Metrics& metrics, const std::string& stage)
    : state(metrics.gauge("esteira_breaker_state", "State of the circuit breaker: 0 closed, 1 half-open, 2 open.",
                          {{"stage", stage}})),
      to_closed(transitions(metrics, stage, "closed")),
      to_half_open(transitions(metrics, stage, "half_open")),
      to_open(transitions(metrics, stage, "open")),
      probes_answered(probes(metrics, stage, "answered")),
      probes_failed(probes(metrics, stage, "failed")),
      open_seconds(metrics.counter("esteira_breaker_open_seconds_total",
                                   "Time for which the circuit breaker was open or half-open.", {{"stage", stage}})),
      held(metrics.gauge("esteira_held_messages",
                         "Messages that the host keeps from their handlers: its circuit breaker is open, or the stage "
                         "is paused.",
                         {{"stage", stage}})),
      paused(metrics.gauge("esteira_stage_paused", "1 while an operator has paused the stage.", {{"stage", stage}})) {}

void BreakerMetrics::enter(BreakerState::State entered) {
  state.Set(entered == BreakerState::State::closed ? 0 : entered == BreakerState::State::half_open ? 1 : 2);
  (entered == BreakerState::State::closed      ? to_closed
   : entered == BreakerState::State::half_open ? to_half_open
                                               : to_open)
      .Increment();
}

}  // namespace esteira::host
