#include "cli/prune.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/installation.hpp"
#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/queue_reader.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/operations/prune.hpp"
#include "runtime/orders/store/index_plans.hpp"

namespace esteira::cli {
namespace {

namespace amqp = runtime::amqp;
using std::chrono::milliseconds;

constexpr std::size_t kPageSize = 200;
constexpr milliseconds kMinPause{10};
constexpr std::size_t kPagesBetweenReports = 500;

struct PruneRunOptions {
  std::optional<milliseconds> older_than;
  bool dry_run = false;
  bool json = false;
};

/// Whether a host of the stage holds a message for longer than `age`, as its last heartbeat says.
bool holds_old_message(runtime::postgres::Session& session, const std::string& stage, milliseconds age) {
  bool holds = false;
  session.read([&](pqxx::transaction_base& work) {
    holds = work.exec_params1(
                    "select exists (select from worker_heartbeats where stage = $1 and in_flight > 0 "
                    "and oldest_seconds > $2) as held",
                    stage, std::chrono::duration<double>(age).count())["held"]
                .as<bool>();
  });
  return holds;
}

/// The stages for which no message of an order that old can be waiting: their queues are empty. A retry of such an
/// order would show in its timeline.
std::vector<std::string> find_idle_stages(const Installation& installation, runtime::postgres::Session& session,
                                          milliseconds age) {
  std::vector<std::string> idle;
  try {
    amqp::QueueProbe probe(installation.broker, "esteira prune");
    for (const auto& [stage, delays] : installation.stages(session)) {
      auto messages = probe.ready(amqp::stage_queue(installation.exchange, stage)).value_or(0);
      for (const auto delay : delays) {
        messages += probe.ready(amqp::retry_queue(installation.exchange, stage, delay)).value_or(0);
      }
      if (messages == 0 && !holds_old_message(session, stage, age)) idle.push_back(stage);
    }
  } catch (const amqp::BrokerError& error) {
    std::fprintf(stderr, "the queues cannot be counted (%s): orders that a stage may still wait for are kept\n",
                 error.what());
    idle.clear();
  }
  return idle;
}

std::size_t prune_all(runtime::orders::OrderPruner& pruner, bool dry_run) {
  using Clock = std::chrono::steady_clock;
  const runtime::StopFlag never;
  std::size_t pruned = 0;
  for (std::size_t pages = 1; !pruner.at_end(); ++pages) {
    const auto start = Clock::now();
    pruned += dry_run ? pruner.count_page(kPageSize) : pruner.delete_page(kPageSize);
    if (pages % kPagesBetweenReports == 0) std::fprintf(stderr, "prune: %zu orders so far\n", pruned);
    // At most half of the time, so that the statements of API and hosts find room between two pages.
    never.wait_for(std::max(kMinPause, std::chrono::duration_cast<milliseconds>(Clock::now() - start)));
  }
  return pruned;
}

int prune(const PruneRunOptions& options) {
  if (!options.older_than)
    throw UsageError("--older-than: needed, such as --older-than 90d; see: esteira prune --help");
  const auto installation = Installation::from_environment();
  runtime::postgres::Session session(installation.database_url, "esteira prune", runtime::orders::force_index_plans);
  installation.require_own_broker(session);
  runtime::orders::OrderPruner pruner(session, *options.older_than,
                                      find_idle_stages(installation, session, *options.older_than),
                                      installation.optional_events);
  const auto pruned = prune_all(pruner, options.dry_run);
  if (options.json) {
    std::puts(nlohmann::ordered_json{{"orders", pruned}, {"dry_run", options.dry_run}}.dump().c_str());
  } else {
    std::printf("%s %zu orders\n", options.dry_run ? "would delete" : "deleted", pruned);
  }
  return 0;
}

}  // namespace

void add_prune(CLI::App& program) {
  const auto options = std::make_shared<PruneRunOptions>();
  auto& command =
      add_command(program, "prune", "Delete old orders that have ended.", [options] { return prune(*options); });
  add_duration(command, "--older-than", options->older_than,
               "Delete orders that did not change for this time, such as 90d (required).");
  add_flag(command, "--dry-run", options->dry_run, "Only count them.");
  add_flag(command, "--json", options->json, "Print the result as a JSON object.");
}

}  // namespace esteira::cli
