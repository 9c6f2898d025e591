#include "cli/doctor_stages.hpp"

#include <utility>

#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/topology_declarer.hpp"
#include "runtime/orders/workers/stage_overview.hpp"
#include "runtime/orders/workers/worker_heartbeat.hpp"
#include "runtime/orders/workers/workflow.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::cli {
namespace {

namespace amqp = runtime::amqp;
namespace orders = runtime::orders;

constexpr double kUnseenAfterSeconds = 24 * 3600;

std::string describe_difference(const amqp::TopologyDeclarer::Difference& difference) {
  return std::string(difference.subject)
      .append(": ")
      .append(difference.meaning)
      .append(" (")
      .append(difference.reply)
      .append("); ")
      .append(difference.remedy);
}

std::string difference_text(const orders::StageOverview& stage) {
  return std::string("stage ")
      .append(stage.stage)
      .append(": its hosts declare different things (")
      .append(stage.differences)
      .append("); its queue is bound to what the newest declares; give all hosts the same settings");
}

std::string unseen_text(const orders::StageOverview& stage) {
  return std::string("stage ")
      .append(stage.stage)
      .append(" has had no host since ")
      .append(stage.last_seen)
      .append(": start one, or remove the stage with: esteira stage forget ")
      .append(stage.stage);
}

void add_stage_faults(const Installation& installation, runtime::postgres::Session& session,
                      std::vector<std::string>& lines) {
  const auto stages = orders::read_stages(session, installation.exchange);
  for (const auto& stage : stages) {
    if (!stage.differences.empty()) lines.push_back(difference_text(stage));
    if (stage.hosts == 0 && stage.last_seen_seconds > kUnseenAfterSeconds) lines.push_back(unseen_text(stage));
  }
  for (auto& fault :
       orders::find_workflow_faults(stages, {installation.workflows.first_events(), installation.optional_events})) {
    lines.push_back(std::move(fault.text));
  }
}

void add_queue_differences(const Installation& installation, runtime::postgres::Session& session,
                           std::vector<std::string>& lines) {
  amqp::Connection::Options options;
  options.url = installation.broker;
  options.name = "esteira-doctor";
  amqp::Connection connection(options);
  amqp::TopologyDeclarer declarer([&lines](const auto& found) { lines.push_back(describe_difference(found)); });
  for (const auto& [stage, delays] : installation.stages(session)) {
    for (const auto& queue : amqp::stage_queues({installation.exchange, stage, {}, delays})) {
      declarer.compare(connection, queue);
    }
  }
  connection.close();
}

}  // namespace

std::vector<std::string> find_stage_differences(const Installation& installation) {
  runtime::postgres::Session session(installation.database_url, "esteira-doctor");
  std::vector<std::string> lines;
  for (const auto& [stage, delays] : runtime::orders::find_different_delays(session, installation.exchange)) {
    lines.push_back(std::string("stage ")
                        .append(stage)
                        .append(": its hosts have different retry delays (ms: ")
                        .append(delays)
                        .append("), so an order's delays depend on the host that works on it; set "
                                "ESTEIRA_RETRY_DELAYS to the same value for all of them"));
  }
  add_stage_faults(installation, session, lines);
  add_queue_differences(installation, session, lines);
  return lines;
}

}  // namespace esteira::cli
