#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "runtime/logging/line.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/logging/scoped_log_batch.hpp"

namespace esteira::bench {
namespace {

namespace log = runtime::log;

constexpr std::string_view kOrderId = "1fec340b-0b4a-494b-b11e-d91f9350f34e";
constexpr std::string_view kTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Sends stderr to /dev/null while it lives.
class DiscardedStderr {
 public:
  DiscardedStderr() : stderr_(::dup(STDERR_FILENO)) {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(null, STDERR_FILENO);
    ::close(null);
    log::configure({"esteira-host", "enrich", "info", "json"});
  }
  ~DiscardedStderr() {
    ::dup2(stderr_, STDERR_FILENO);
    ::close(stderr_);
  }
  DiscardedStderr(const DiscardedStderr&) = delete;
  DiscardedStderr& operator=(const DiscardedStderr&) = delete;

 private:
  int stderr_;
};

void render_log_line(benchmark::State& state) {
  const std::array<log::Field, 3> fields{{{"order_id", kOrderId}, {"trace_id", kTraceId}, {"attempt", 1}}};
  const log::Line line{
      std::chrono::system_clock::now(), "info", "done", "esteira-host", "enrich", fields.data(), fields.size()};
  for (auto _ : state) {
    spdlog::memory_buf_t out;
    log::append_json(out, line);
    benchmark::DoNotOptimize(out.data());
  }
}

void write_log_line(benchmark::State& state) {
  const DiscardedStderr discarded;
  for (auto _ : state) log::info("done", {{"order_id", kOrderId}, {"trace_id", kTraceId}, {"attempt", 1}});
}

void suppress_log_line(benchmark::State& state) {
  const DiscardedStderr discarded;
  for (auto _ : state) log::debug("done", {{"order_id", kOrderId}, {"trace_id", kTraceId}, {"attempt", 1}});
}

/// One iteration is one line of a batch of 256.
void write_batched_log_line(benchmark::State& state) {
  constexpr benchmark::IterationCount kLines = 256;
  const DiscardedStderr discarded;
  while (state.KeepRunningBatch(kLines)) {
    const log::ScopedLogBatch batch;
    for (auto i = kLines; i > 0; --i) {
      log::info("done", {{"order_id", kOrderId}, {"trace_id", kTraceId}, {"attempt", 1}});
    }
  }
}

BENCHMARK(render_log_line);
BENCHMARK(write_log_line);
BENCHMARK(suppress_log_line);
BENCHMARK(write_batched_log_line);

}  // namespace
}  // namespace esteira::bench

BENCHMARK_MAIN();
