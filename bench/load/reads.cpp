#include <stdexcept>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/latencies.hpp"
#include "bench/load/loops.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/orders_table.hpp"
#include "bench/load/requests.hpp"

namespace esteira::bench {

Metrics measure_reads(const Options& options) {
  const auto ids = OrdersTable(options.database_url).ids(options.ids);
  if (ids.size() < options.ids) throw std::runtime_error("there are not so many orders to read");
  const Requests requests(options.token, "");
  Latencies latencies;
  const CpuMeter cpu(options.groups);
  const auto start = Client::Clock::now();
  const auto end = start + std::chrono::nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9));
  run_closed_loop(
      options.port, options.connections,
      [&](std::size_t number) {
        return Client::Clock::now() < end ? std::optional(requests.show(ids[number % ids.size()])) : std::nullopt;
      },
      [&](std::uint64_t, const Response& response, std::chrono::nanoseconds took) {
        constexpr int kReadOk = 200;
        if (response.status != kReadOk) {
          throw std::runtime_error("a GET was answered with status " + std::to_string(response.status));
        }
        latencies.add(took);
      });
  const auto seconds = std::chrono::duration<double>(Client::Clock::now() - start).count();
  Metrics metrics{{"gets_per_s", static_cast<double>(latencies.count()) / seconds}};
  latencies.report("get", metrics);
  cpu.report(latencies.count(), "get", metrics);
  return metrics;
}

}  // namespace esteira::bench
