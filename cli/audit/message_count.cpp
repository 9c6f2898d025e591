#include "cli/audit/message_count.hpp"

#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"

namespace esteira::cli {
namespace {

namespace amqp = esteira::runtime::amqp;

/// More than twice the five seconds between two heartbeats.
constexpr std::chrono::seconds kHeartbeatTimeout{12};
constexpr std::chrono::milliseconds kPollInterval{250};

}  // namespace

MessageCount::MessageCount(const Installation& installation, runtime::postgres::Session& session)
    : installation_(installation), session_(session), probe_(installation.broker, "esteira audit") {
  // A question for a missing queue costs a connection, so only existing queues are asked for later.
  for (const auto& [stage, delays] : installation.stages(session)) {
    auto queue = amqp::stage_queue(installation.exchange, stage);
    if (!probe_.ready(queue)) continue;
    queues_.push_back(std::move(queue));
    for (const auto delay : delays) {
      auto retry = amqp::retry_queue(installation.exchange, stage, delay);
      if (probe_.ready(retry)) queues_.push_back(std::move(retry));
    }
  }
}

std::size_t MessageCount::count_ready() {
  std::size_t ready = 0;
  for (const auto& queue : queues_) ready += probe_.ready(queue).value_or(0);
  return ready;
}

std::size_t MessageCount::count() {
  return count_ready() + runtime::orders::read_in_flight_totals(session_, installation_.exchange).in_flight;
}

std::size_t MessageCount::count_after_heartbeat() {
  using Clock = std::chrono::steady_clock;
  const auto ready = count_ready();
  const auto counted = Clock::now();
  const runtime::StopFlag never;
  while (true) {
    const auto totals = runtime::orders::read_in_flight_totals(session_, installation_.exchange);
    const auto since = Clock::now() - counted;
    const bool all_reported = totals.oldest_report_seconds < std::chrono::duration<double>(since).count();
    if (totals.hosts == 0 || all_reported || since > kHeartbeatTimeout) return ready + totals.in_flight;
    never.wait_for(kPollInterval);
  }
}

}  // namespace esteira::cli
