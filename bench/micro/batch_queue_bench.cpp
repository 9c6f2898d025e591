#include <benchmark/benchmark.h>

#include <string>
#include <thread>

#include "runtime/lifecycle/batch_queue.hpp"

namespace esteira::bench {
namespace {

/// One item at a time to a thread that takes all that is there.
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

/// There and back between two threads that both sleep: what a hand-over costs in time when it is quiet.
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
