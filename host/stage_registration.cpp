#include "host/stage_registration.hpp"

#include <utility>

#include "runtime/config/workflows.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/workers/stage_pause.hpp"
#include "runtime/text/lists.hpp"

namespace esteira::host {

namespace orders = runtime::orders;

namespace {

constexpr std::chrono::seconds kFaultLasts{5};

}  // namespace

StageRegistration::StageRegistration(const StageOptions& options, const esteira_plugin_descriptor& plugin,
                                     const runtime::Config& config, Bindings bindings)
    : workflow_terms_{runtime::Workflows::read(config).first_events(), options.optional_events},
      bindings_(std::move(bindings)),
      record_(options.record()) {
  record_.plugin = plugin.name;
  record_.plugin_version = plugin.version;
  heartbeat_.instance = options.instance;
  heartbeat_.exchange = record_.exchange;
  heartbeat_.stage = record_.stage;
  heartbeat_.retry_delays = record_.retry_delays;
  heartbeat_.plugin = record_.plugin;
  heartbeat_.plugin_version = record_.plugin_version;
  heartbeat_.consumes = record_.consumes;
  heartbeat_.publishes = record_.publishes;
  heartbeat_.refused = record_.refused;
  heartbeat_.status = record_.status;
}

void StageRegistration::begin(runtime::postgres::Session& session) {
  follow(orders::register_host(session, record_, heartbeat_));
  for (const auto& stage : orders::read_stages(session, record_.exchange)) {
    if (stage.stage != record_.stage || stage.differences.empty()) continue;
    runtime::log::warn("hosts of this stage declare different things; its queue is bound to what the newest declares",
                       {{"consumes", runtime::join_list(record_.consumes)}, {"hosts", stage.differences}});
  }
}

void StageRegistration::renew(runtime::postgres::Session& session, const InFlight::Totals& in_flight,
                              const std::string& breaker) {
  heartbeat_.breaker = breaker;
  heartbeat_.in_flight = in_flight.messages;
  heartbeat_.oldest_seconds = in_flight.oldest_seconds;
  renew_registration(session);
  record_unbound(session);
  log_workflow_faults(orders::read_stages(session, record_.exchange));
}

/// A host that starts is refused. This one runs and has messages: it goes on, and both are told.
void StageRegistration::renew_registration(runtime::postgres::Session& session) {
  try {
    follow(orders::renew_host(session, record_, heartbeat_));
    conflict_logged_ = false;
  } catch (const orders::StageConflict& conflict) {
    if (!std::exchange(conflict_logged_, true)) runtime::log::error(conflict.what());
  }
}

void StageRegistration::follow_pause(runtime::postgres::Session& session, CircuitBreaker& breaker) const {
  const auto pause = orders::find_pause(session, record_.exchange, record_.stage);
  breaker.set_paused(pause.has_value(), pause ? pause->reason : std::string());
}

void StageRegistration::end(runtime::postgres::Session& session) {
  orders::remove_heartbeat(session, heartbeat_.instance);
}

void StageRegistration::follow(const orders::QueueKeys& keys) {
  if (keys == keys_) return;
  if (!keys_.consumes.empty() && keys.consumes != keys_.consumes) {
    runtime::log::warn(
        "the stage's queue follows another host, which declares other routing keys",
        {{"consumes", runtime::join_list(keys.consumes)}, {"before", runtime::join_list(keys_.consumes)}});
  }
  keys_ = keys;
  recorded_unbound_.clear();
  bindings_.rebind(keys_);
}

/// After the broker has confirmed it, so that a key without a record may be bound, and one with a record is not.
void StageRegistration::record_unbound(runtime::postgres::Session& session) {
  const auto unbound = bindings_.unbound_keys();
  std::set<std::string> keys(unbound.begin(), unbound.end());
  if (keys == recorded_unbound_) return;
  orders::record_removed_bindings(session, record_.exchange, record_.stage, unbound);
  recorded_unbound_ = std::move(keys);
}

void StageRegistration::log_workflow_faults(const std::vector<orders::StageOverview>& stages) {
  std::set<std::string> found;
  for (auto& [stage, text] : orders::find_workflow_faults(stages, workflow_terms_)) {
    if (stage == record_.stage) found.insert(std::move(text));
  }
  std::erase_if(logged_faults_, [&](const std::string& text) { return !found.contains(text); });
  std::erase_if(faults_since_, [&](const auto& fault) { return !found.contains(fault.first); });
  const auto now = Clock::now();
  for (const auto& text : found) {
    const auto since = faults_since_.try_emplace(text, now).first->second;
    if (now - since >= kFaultLasts && logged_faults_.insert(text).second) runtime::log::warn(text);
  }
}

}  // namespace esteira::host
