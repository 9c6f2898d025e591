#include <unistd.h>

#include <stdexcept>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/loops.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/orders_table.hpp"
#include "bench/load/requests.hpp"
#include "bench/load/tally.hpp"

namespace esteira::bench {
namespace {

using ThroughputClock = std::chrono::steady_clock;

double seconds_since(ThroughputClock::time_point start) {
  return std::chrono::duration<double>(ThroughputClock::now() - start).count();
}

Tally post_all(const Options& options) {
  const Requests requests(options.token, "bench-" + std::to_string(::getpid()));
  Tally tally;
  tally.ids.reserve(options.orders);
  run_closed_loop(
      options.port, options.connections,
      [&](std::size_t number) {
        return number < options.orders ? std::optional(requests.place(number)) : std::nullopt;
      },
      [&](std::uint64_t, const Response& response, std::chrono::nanoseconds took) { tally.add(response, took); });
  tally.require_all_accepted();
  return tally;
}

}  // namespace

Metrics measure_throughput(const Options& options) {
  OrdersTable table(options.database_url);
  const CpuMeter cpu(options.groups);
  const auto start = ThroughputClock::now();
  auto tally = post_all(options);
  const auto posting = seconds_since(start);
  if (table.await_ended(tally.ids, std::chrono::seconds(options.timeout)) > 0) {
    throw std::runtime_error("accepted orders did not end in time");
  }
  const auto total = seconds_since(start);
  const auto orders = static_cast<double>(tally.ids.size());
  Metrics metrics{{"orders_per_s", orders / total}, {"accepted_per_s", orders / posting}};
  tally.accepted.report("post", metrics);
  cpu.report(tally.ids.size(), "order", metrics);
  if (table.failed(tally.ids) > 0) throw std::runtime_error("orders failed");
  return metrics;
}

Metrics place_orders(const Options& options) {
  const auto start = ThroughputClock::now();
  const auto tally = post_all(options);
  return {{"accepted_per_s", static_cast<double>(tally.ids.size()) / seconds_since(start)}};
}

}  // namespace esteira::bench
