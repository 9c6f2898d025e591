#include "cli/message_count.hpp"

#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::cli {
namespace {

namespace amqp = esteira::runtime::amqp;

/// Hosts report every five seconds.
constexpr std::chrono::seconds kReportPatience{12};
constexpr std::chrono::milliseconds kPauseBetweenReports{250};

}  // namespace

MessageCount::MessageCount(const Plant& plant, runtime::postgres::Session& session)
    : plant_(plant), session_(session), probe_(plant.broker, "esteira audit") {
  // Only queues that exist: a queue that does not costs a connection to ask for.
  for (const auto& [stage, delays] : plant.stages(session)) {
    auto queue = amqp::stage_queue(plant.exchange, stage);
    if (!probe_.ready(queue)) continue;
    queues_.push_back(std::move(queue));
    for (const auto delay : delays) {
      auto retry = amqp::retry_queue(plant.exchange, stage, delay);
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
  return count_ready() + runtime::orders::count_hands(session_, plant_.exchange).in_flight;
}

std::size_t MessageCount::count_carefully() {
  using Clock = std::chrono::steady_clock;
  const auto ready = count_ready();
  const auto counted = Clock::now();
  const runtime::StopFlag never;
  while (true) {
    const auto hands = runtime::orders::count_hands(session_, plant_.exchange);
    const auto since = Clock::now() - counted;
    const bool all_said = hands.oldest_report_seconds < std::chrono::duration<double>(since).count();
    if (hands.hosts == 0 || all_said || since > kReportPatience) return ready + hands.in_flight;
    never.wait_for(kPauseBetweenReports);
  }
}

}  // namespace esteira::cli
