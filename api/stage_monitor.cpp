#include "api/stage_monitor.hpp"

#include <exception>
#include <limits>
#include <set>
#include <string>

#include "runtime/amqp/stage_messages.hpp"
#include "runtime/orders/workers/stage_overview.hpp"
#include "runtime/postgres/migrations.hpp"

namespace esteira::api {

StageMonitor::StageMonitor(Options options, runtime::Metrics& metrics)
    : options_(std::move(options)),
      metrics_(metrics),
      session_(options_.database_url, "esteira-api stages"),
      probe_(options_.broker, "esteira-api stages") {}

StageMonitor::~StageMonitor() { stop(); }

void StageMonitor::start() {
  thread_ = std::thread([this] { run(); });
}

void StageMonitor::stop() {
  stopping_.set();
  probe_.abort();
  if (thread_.joinable()) thread_.join();
}

void StageMonitor::run() {
  do {
    try {
      if (missing_schema(session_).empty()) measure();
      outage_.recovered();
    } catch (const std::exception& error) {
      if (stopping_.is_set()) return;
      outage_.failed(error.what());
      set_all(std::numeric_limits<double>::quiet_NaN());
    }
  } while (!stopping_.wait_for(options_.interval));
}

void StageMonitor::measure() {
  const auto stages = runtime::orders::read_stages(session_, options_.exchange);
  std::set<std::string> present;
  for (const auto& stage : stages) {
    if (stopping_.is_set()) return;
    const auto messages =
        runtime::amqp::count_stage_messages(probe_, options_.exchange, stage.stage, stage.retry_delays);
    set(stage.stage, "ready", messages.ready);
    set(stage.stage, "retrying", messages.retrying);
    set(stage.stage, "dead", messages.dead);
    set(stage.stage, "scheduled", stage.scheduled);
    set(stage.stage, "in_flight", stage.in_flight);
    set(stage.stage, {}, stage.hosts);
    present.insert(stage.stage);
  }
  // Only those of removed stages: a scrape must not see a zero that was never measured.
  for (const auto& [key, gauge] : gauges_) {
    if (!present.contains(key.first)) gauge->Set(0);
  }
}

void StageMonitor::set(const std::string& stage, const std::string& state, std::size_t value) {
  auto*& gauge = gauges_[{stage, state}];
  if (gauge == nullptr) {
    gauge = state.empty()
                ? &metrics_.gauge("esteira_stage_hosts", "Running hosts of a stage.", {{"stage", stage}})
                : &metrics_.gauge("esteira_stage_messages",
                                  "Messages in the queues of a stage (ready, retrying, dead), in its hosts (in_flight) "
                                  "and in the database (scheduled).",
                                  {{"stage", stage}, {"state", state}});
  }
  gauge->Set(static_cast<double>(value));
}

void StageMonitor::set_all(double value) {
  for (const auto& [key, gauge] : gauges_) gauge->Set(value);
}

}  // namespace esteira::api
