#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "runtime/logging/line.hpp"

namespace esteira::bench {
namespace {

void render_log_line(benchmark::State& state) {
  namespace log = runtime::log;
  const std::array<log::Field, 3> fields{{{"order_id", "1fec340b-0b4a-494b-b11e-d91f9350f34e"},
                                          {"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"},
                                          {"attempt", 1}}};
  log::Line line;
  line.at = std::chrono::system_clock::now();
  line.text = "done";
  line.service = "esteira-host";
  line.stage = "enrich";
  line.fields = fields.data();
  line.count = fields.size();
  for (auto _ : state) benchmark::DoNotOptimize(log::json_line(line));
}

BENCHMARK(render_log_line);

}  // namespace
}  // namespace esteira::bench

BENCHMARK_MAIN();
