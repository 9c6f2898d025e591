#include <stdexcept>

#include "bench/load/cpu_meter.hpp"
#include "bench/load/latencies.hpp"
#include "bench/load/load_loops.hpp"
#include "bench/load/measurements.hpp"
#include "bench/load/orders_table.hpp"
#include "bench/load/request_builder.hpp"

namespace esteira::bench {

Metrics measure_reads(const Options& options) {
  const auto ids = OrdersTable(options.database_url).ids(options.ids);
  if (ids.size() < options.ids) throw std::runtime_error("the table has fewer orders than --ids");
  const RequestBuilder requests(options.token, "");
  Latencies latencies;
  const CpuMeter cpu(options.groups);
  const auto start = HttpClient::Clock::now();
  const auto end = start + std::chrono::nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9));
  run_closed_loop(
      options.port, options.connections,
      [&](std::size_t number) {
        return HttpClient::Clock::now() < end ? std::optional(requests.get_order(ids[number % ids.size()]))
                                              : std::nullopt;
      },
      [&](std::uint64_t, const Response& response, std::chrono::nanoseconds latency) {
        constexpr int kReadOk = 200;
        if (response.status != kReadOk) {
          throw std::runtime_error("a GET got status " + std::to_string(response.status));
        }
        latencies.add(latency);
      });
  const auto seconds = std::chrono::duration<double>(HttpClient::Clock::now() - start).count();
  Metrics metrics{{"gets_per_s", static_cast<double>(latencies.count()) / seconds}};
  latencies.report("get", metrics);
  cpu.report(latencies.count(), "get", metrics);
  return metrics;
}

}  // namespace esteira::bench
