#include <unistd.h>

#include <stdexcept>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/load_loops.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/orders_table.hpp"
#include "bench/load/post_results.hpp"
#include "bench/load/request_builder.hpp"

namespace esteira::bench {
namespace {

using ThroughputClock = std::chrono::steady_clock;

double seconds_since(ThroughputClock::time_point start) {
  return std::chrono::duration<double>(ThroughputClock::now() - start).count();
}

PostResults post_all(const Options& options) {
  const RequestBuilder requests(options.token, "bench-" + std::to_string(::getpid()), options.workflow);
  PostResults post_results;
  post_results.ids.reserve(options.orders);
  run_closed_loop(
      options.port, options.connections,
      [&](std::size_t number) {
        return number < options.orders ? std::optional(requests.post_order(number)) : std::nullopt;
      },
      [&](std::uint64_t, const Response& response, std::chrono::nanoseconds latency) {
        post_results.add(response, latency);
      });
  post_results.require_all_accepted();
  return post_results;
}

}  // namespace

Metrics measure_throughput(const Options& options) {
  OrdersTable table(options.database_url);
  const CpuMeter cpu(options.groups);
  const auto start = ThroughputClock::now();
  auto post_results = post_all(options);
  const auto posting = seconds_since(start);
  if (table.await_terminal(post_results.ids, std::chrono::seconds(options.timeout)) > 0) {
    throw std::runtime_error("some accepted orders were not completed in time");
  }
  const auto total = seconds_since(start);
  const auto orders = static_cast<double>(post_results.ids.size());
  Metrics metrics{{"orders_per_s", orders / total}, {"accepted_per_s", orders / posting}};
  post_results.accepted.report("post", metrics);
  cpu.report(post_results.ids.size(), "order", metrics);
  report_hops(table.count_hops(post_results.ids), post_results.ids.size(), metrics);
  if (table.count_failed(post_results.ids) > 0) throw std::runtime_error("orders failed");
  return metrics;
}

Metrics place_orders(const Options& options) {
  const auto start = ThroughputClock::now();
  const auto post_results = post_all(options);
  return {{"accepted_per_s", static_cast<double>(post_results.ids.size()) / seconds_since(start)}};
}

}  // namespace esteira::bench
