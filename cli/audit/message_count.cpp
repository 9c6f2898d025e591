#include "cli/audit/message_count.hpp"

#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"

namespace esteira::cli {
namespace {

namespace amqp = esteira::runtime::amqp;

/// Hosts report every five seconds.
constexpr std::chrono::seconds kReportPatience{12};
constexpr std::chrono::milliseconds kPauseBetweenReports{250};

}  // namespace

MessageCount::MessageCount(const Installation& installation, runtime::postgres::Session& session)
    : installation_(installation), session_(session), probe_(installation.broker, "esteira audit") {
  // Only queues that exist: a queue that does not costs a connection to ask for.
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
    const auto hands = runtime::orders::read_in_flight_totals(session_, installation_.exchange);
    const auto since = Clock::now() - counted;
    const bool all_said = hands.oldest_report_seconds < std::chrono::duration<double>(since).count();
    if (hands.hosts == 0 || all_said || since > kReportPatience) return ready + hands.in_flight;
    never.wait_for(kPauseBetweenReports);
  }
}

}  // namespace esteira::cli
