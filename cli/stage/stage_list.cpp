#include "cli/stage/stage_list.hpp"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command_line.hpp"
#include "cli/installation.hpp"
#include "runtime/amqp/stage_messages.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/orders/workers/stage_overview.hpp"
#include "runtime/text/lists.hpp"

namespace esteira::cli {
namespace {

using runtime::amqp::StageMessages;
using runtime::orders::StageOverview;

/// Empty when nothing is to be done about the stage.
std::string warning_about(const StageOverview& stage, const StageMessages& messages, const std::string& queue) {
  if (messages.consumers > 0) return {};
  if (!messages.has_queue) return "queue " + queue + " does not exist: start a host, which declares it";
  return std::string("queue ")
      .append(queue)
      .append(" has ")
      .append(std::to_string(messages.ready + messages.retrying))
      .append(" messages and no consumer: start a host, or remove the stage with: esteira stage forget ")
      .append(stage.stage);
}

std::string plugin_text(const StageOverview& stage) {
  return stage.plugin.empty() ? "-" : stage.plugin + " " + stage.plugin_version;
}

/// The circuit breakers of its hosts; "open 1/2": of one of two hosts.
std::string breaker_text(const StageOverview& stage) {
  if (stage.hosts == 0) return "-";
  if (stage.open_hosts == 0) return "closed";
  if (stage.open_hosts == stage.hosts) return "open";
  return "open " + std::to_string(stage.open_hosts) + "/" + std::to_string(stage.hosts);
}

void print_pause(const StageOverview& stage) {
  if (stage.paused_since.empty()) return;
  std::printf("  %s is paused since %s%s\n", stage.stage.c_str(), stage.paused_since.c_str(),
              stage.pause_reason.empty() ? "" : (": " + stage.pause_reason).c_str());
}

void print_stage(const StageOverview& stage, const StageMessages& messages, const std::string& warning) {
  const auto starts = stage.paused_since.empty() ? breaker_text(stage) : "paused";
  std::printf("%-14s %-18s %5zu %8zu %8zu %9zu %9zu %8.1fs %6zu  %-8s %s\n", stage.stage.c_str(),
              plugin_text(stage).c_str(), stage.hosts, messages.ready, messages.retrying, stage.scheduled,
              stage.in_flight, stage.oldest_in_flight_seconds, messages.dead, starts.c_str(), stage.last_seen.c_str());
  print_pause(stage);
  if (!warning.empty()) std::fprintf(stderr, "warning: %s\n", warning.c_str());
}

void print_stage_json(const StageOverview& stage, const StageMessages& messages, const std::string& warning) {
  const nlohmann::ordered_json shown = {{"stage", stage.stage},
                                        {"plugin", stage.plugin},
                                        {"version", stage.plugin_version},
                                        {"consumes", runtime::join_list(stage.consumes)},
                                        {"publishes", stage.publishes},
                                        {"refused", stage.refused},
                                        {"status", stage.status},
                                        {"hosts", stage.hosts},
                                        {"consumers", messages.consumers},
                                        {"waiting", messages.ready},
                                        {"retrying", messages.retrying},
                                        {"scheduled", stage.scheduled},
                                        {"in_flight", stage.in_flight},
                                        {"oldest_seconds", stage.oldest_in_flight_seconds},
                                        {"dead", messages.dead},
                                        {"breaker", breaker_text(stage)},
                                        {"paused", !stage.paused_since.empty()},
                                        {"paused_since", stage.paused_since},
                                        {"pause_reason", stage.pause_reason},
                                        {"last_seen", stage.last_seen},
                                        {"warning", warning}};
  std::puts(shown.dump().c_str());
}

int list_stages(bool json) {
  const auto installation = Installation::from_environment();
  const auto& exchange = installation.exchange;
  runtime::postgres::Session session(installation.database_url, "esteira stage");
  runtime::amqp::QueueProbe probe(installation.broker, "esteira stage");
  if (!json) {
    std::printf("%-14s %-18s %5s %8s %8s %9s %9s %9s %6s  %-8s %s\n", "stage", "plugin", "hosts", "waiting", "retrying",
                "scheduled", "in_flight", "oldest", "dead", "breaker", "last_seen");
  }
  for (const auto& stage : runtime::orders::read_stages(session, exchange)) {
    const auto messages = runtime::amqp::count_stage_messages(probe, exchange, stage.stage, stage.retry_delays);
    const auto warning = warning_about(stage, messages, runtime::amqp::stage_queue(exchange, stage.stage));
    json ? print_stage_json(stage, messages, warning) : print_stage(stage, messages, warning);
  }
  return 0;
}

}  // namespace

void add_stage_list(CLI::App& stage) {
  const auto json = std::make_shared<bool>(false);
  auto& command = add_command(stage, "list", "List the stages with their hosts and messages, and change nothing.",
                              [json] { return list_stages(*json); });
  add_flag(command, "--json", *json, "Print one JSON object per stage.");
}

}  // namespace esteira::cli
