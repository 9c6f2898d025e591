#include <unistd.h>

#include <stdexcept>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/load_loops.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/orders_table.hpp"
#include "bench/load/post_results.hpp"
#include "bench/load/processes.hpp"
#include "bench/load/request_builder.hpp"

namespace esteira::bench {
namespace {

/// The memory of the API and the hosts.
void report_memory(const Options& options, const std::string& when, Metrics& metrics) {
  for (const auto& group : options.groups) {
    if (group.name != "api" && group.name != "hosts") continue;
    double rss = 0;
    for (const auto pid : group.roots) rss += footprint(pid).rss_mb;
    metrics[group.name + "_rss_mb_" + when] = rss;
  }
}

void report_responses(const PostResults& post_results, Metrics& metrics) {
  metrics["accepted"] = post_results.ids.size();
  metrics["refused_503"] = 0;
  for (const auto& [status, count] : post_results.other_statuses) {
    metrics[status == 0 ? "unanswered" : "refused_" + std::to_string(status)] = count;
  }
  metrics["refused_without_retry_after"] = post_results.without_retry_after;
}

}  // namespace

Metrics measure_overload(const Options& options) {
  const RequestBuilder requests(options.token, "overload-" + std::to_string(::getpid()));
  PostResults post_results;
  Metrics metrics;
  OrdersTable table(options.database_url);
  const auto count = static_cast<std::uint64_t>(options.rate * options.seconds);
  OpenLoop loop(
      options.port, options.connections, [&](std::uint64_t tag) { return requests.post_order(tag); },
      [&](std::uint64_t, const Response& response, std::chrono::nanoseconds latency) {
        post_results.add(response, latency);
      });
  report_memory(options, "before", metrics);
  const CpuMeter cpu(options.groups);
  const auto start = HttpClient::Clock::now();
  for (std::uint64_t number = 0; number < count; ++number) {
    loop.schedule(
        start + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(number) / options.rate * 1e9)),
        number);
  }
  loop.run();
  const auto posting = std::chrono::duration<double>(HttpClient::Clock::now() - start).count();
  report_memory(options, "after", metrics);
  metrics["offered_per_s"] = static_cast<double>(count) / posting;
  metrics["accepted_per_s"] = static_cast<double>(post_results.ids.size()) / posting;
  metrics["connections"] = loop.connections();
  report_responses(post_results, metrics);
  post_results.accepted.report("accepted", metrics);
  const auto unfinished = table.await_terminal(post_results.ids, std::chrono::seconds(options.timeout));
  metrics["all_ended_after_s"] = std::chrono::duration<double>(HttpClient::Clock::now() - start).count();
  cpu.report(post_results.ids.size(), "order", metrics);
  if (unfinished > 0)
    throw std::runtime_error(std::to_string(unfinished) + " accepted orders were not completed in time");
  return metrics;
}

}  // namespace esteira::bench
