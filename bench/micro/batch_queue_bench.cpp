#include <benchmark/benchmark.h>

#include <string>
#include <thread>

#include "runtime/lifecycle/batch_queue.hpp"

namespace esteira::bench {
namespace {

/// Pushes one item at a time; another thread pops everything that is queued.
void hand_over(benchmark::State& state) {
  constexpr std::size_t kLimit = 256;
  runtime::BatchQueue<std::string> queue;
  std::thread reader([&queue] {
    while (!queue.pop(kLimit).empty()) {
    }
  });
  for (auto _ : state) queue.push("1fec340b-0b4a-494b-b11e-d91f9350f34e");
  queue.close();
  reader.join();
  state.SetItemsProcessed(state.iterations());
}

/// A round trip between two sleeping threads: the latency of a queue at low load.
void hand_over_and_back(benchmark::State& state) {
  runtime::BatchQueue<int> there;
  runtime::BatchQueue<int> back;
  std::thread echo([&] {
    for (auto items = there.pop(1); !items.empty(); items = there.pop(1)) back.push(items.front());
  });
  for (auto _ : state) {
    there.push(1);
    benchmark::DoNotOptimize(back.pop(1));
  }
  there.close();
  echo.join();
}

BENCHMARK(hand_over)->UseRealTime();
BENCHMARK(hand_over_and_back)->UseRealTime();

}  // namespace
}  // namespace esteira::bench
