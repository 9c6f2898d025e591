#include <unistd.h>

#include <stdexcept>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/loops.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/orders_table.hpp"
#include "bench/load/processes.hpp"
#include "bench/load/requests.hpp"
#include "bench/load/tally.hpp"

namespace esteira::bench {
namespace {

/// The memory of the programs that are ours to keep small.
void report_memory(const Options& options, const std::string& when, Metrics& metrics) {
  for (const auto& group : options.groups) {
    if (group.name != "api" && group.name != "hosts") continue;
    double rss = 0;
    for (const auto pid : group.roots) rss += footprint(pid).rss_mb;
    metrics[group.name + "_rss_mb_" + when] = rss;
  }
}

void report_answers(const Tally& tally, Metrics& metrics) {
  metrics["accepted"] = tally.ids.size();
  metrics["refused_503"] = 0;
  for (const auto& [status, count] : tally.others) {
    metrics[status == 0 ? "unanswered" : "refused_" + std::to_string(status)] = count;
  }
  metrics["refused_without_retry_after"] = tally.without_retry_after;
}

}  // namespace

Metrics measure_overload(const Options& options) {
  const Requests requests(options.token, "overload-" + std::to_string(::getpid()));
  Tally tally;
  Metrics metrics;
  OrdersTable table(options.database_url);
  const auto count = static_cast<std::uint64_t>(options.rate * options.seconds);
  OpenLoop loop(
      options.port, options.connections, [&](std::uint64_t tag) { return requests.place(tag); },
      [&](std::uint64_t, const Response& response, std::chrono::nanoseconds took) { tally.add(response, took); });
  report_memory(options, "before", metrics);
  const CpuMeter cpu(options.groups);
  const auto start = Client::Clock::now();
  for (std::uint64_t number = 0; number < count; ++number) {
    loop.schedule(
        start + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(number) / options.rate * 1e9)),
        number);
  }
  loop.run();
  const auto posting = std::chrono::duration<double>(Client::Clock::now() - start).count();
  report_memory(options, "after", metrics);
  metrics["offered_per_s"] = static_cast<double>(count) / posting;
  metrics["accepted_per_s"] = static_cast<double>(tally.ids.size()) / posting;
  metrics["connections"] = loop.connections();
  report_answers(tally, metrics);
  tally.accepted.report("accepted", metrics);
  const auto unfinished = table.await_ended(tally.ids, std::chrono::seconds(options.timeout));
  metrics["all_ended_after_s"] = std::chrono::duration<double>(Client::Clock::now() - start).count();
  cpu.report(tally.ids.size(), "order", metrics);
  if (unfinished > 0) throw std::runtime_error(std::to_string(unfinished) + " accepted orders did not end in time");
  return metrics;
}

}  // namespace esteira::bench
