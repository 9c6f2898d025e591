#include "cli/audit/message_count.hpp"

#include <algorithm>

#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/workers/stage_overview.hpp"

namespace esteira::cli {
namespace {

namespace amqp = esteira::runtime::amqp;

/// More than twice the five seconds between two heartbeats.
constexpr std::chrono::seconds kHeartbeatTimeout{12};
constexpr std::chrono::milliseconds kPollInterval{250};

void add_registration(StageLoad& load, const runtime::orders::StageOverview& stage) {
  load.is_known = !stage.plugin.empty() || !stage.binding_keys.empty();
  load.is_staffed |= stage.hosts > 0;
  load.binding_keys = stage.binding_keys;
  load.removed_keys = stage.removed_keys;
  load.in_flight = stage.in_flight;
}

}  // namespace

MessageCount::MessageCount(const Installation& installation, runtime::postgres::Session& session)
    : installation_(installation), session_(session), probe_(installation.broker, "esteira audit") {
  for (const auto& [stage, delays] : installation.stages(session)) {
    Queues queues{stage, {amqp::stage_queue(installation.exchange, stage)}};
    if (!probe_.ready(queues.names.front())) queues.names.clear();
    for (const auto delay : delays) {
      auto retry = amqp::retry_queue(installation.exchange, stage, delay);
      if (probe_.ready(retry)) queues.names.push_back(std::move(retry));
    }
    queues_.push_back(std::move(queues));
  }
}

std::vector<StageLoad> MessageCount::count_queued() {
  std::vector<StageLoad> loads;
  loads.reserve(queues_.size());
  for (const auto& [stage, names] : queues_) {
    StageLoad load;
    load.stage = stage;
    load.is_known = false;
    load.is_staffed = false;
    for (const auto& name : names) {
      const auto state = probe_.state(name).value_or(amqp::Channel::QueueState{});
      load.queued += state.ready;
      load.is_staffed |= state.consumers > 0;
    }
    loads.push_back(std::move(load));
  }
  return loads;
}

/// Returns the age of the oldest heartbeat of a running host.
double MessageCount::add_hosts(std::vector<StageLoad>& loads) {
  double oldest_report_seconds = 0;
  for (const auto& stage : runtime::orders::read_stages(session_, installation_.exchange)) {
    const auto load = std::ranges::find(loads, stage.stage, &StageLoad::stage);
    if (load != loads.end()) add_registration(*load, stage);
    oldest_report_seconds = std::max(oldest_report_seconds, stage.oldest_report_seconds);
  }
  return oldest_report_seconds;
}

std::vector<StageLoad> MessageCount::count() {
  auto loads = count_queued();
  add_hosts(loads);
  return loads;
}

std::vector<StageLoad> MessageCount::count_after_heartbeat() {
  using Clock = std::chrono::steady_clock;
  auto loads = count_queued();
  const auto counted = Clock::now();
  const runtime::StopFlag never;
  while (true) {
    const auto oldest_report_seconds = add_hosts(loads);
    const auto since = Clock::now() - counted;
    const bool all_reported = oldest_report_seconds < std::chrono::duration<double>(since).count();
    if (all_reported || since > kHeartbeatTimeout) return loads;
    never.wait_for(kPollInterval);
  }
}

}  // namespace esteira::cli
