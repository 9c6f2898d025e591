// What a message costs at the boundary of a plugin: a handler called directly, as an object of C++, and the same
// handler through the C functions of its descriptor. Both sides are included: the host's and the plugin's.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "bench/micro/sample_stage.hpp"

namespace esteira::bench {
namespace {

class IdleContext final : public Context {
 public:
  void log_fields(LogLevel /*level*/, std::string_view /*text*/, const LogField* /*fields*/,
                  std::size_t /*count*/) override {}
  void count(std::string_view /*name*/, double /*amount*/) override {}
  void observe(std::string_view /*name*/, std::chrono::duration<double> /*duration*/) override {}
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override { return {}; }
  [[nodiscard]] bool stop_requested() const override { return false; }
  void after(std::chrono::milliseconds /*delay*/, std::function<void()> /*task*/) override {}
};

/// As a host's handler invocation: shared by the task's copies.
class Invocation final : public Task::Work {
 public:
  explicit Invocation(const Message& message) : message_(message) {}
  [[nodiscard]] const Message& message() const override { return message_; }
  [[nodiscard]] Context& context() override { return context_; }
  void complete(Outcome outcome) override { outcome_ = std::move(outcome); }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

 private:
  const Message& message_;
  IdleContext context_;
  Outcome outcome_ = Outcome::done();
};

Message message_of_last_stage(std::int64_t items) {
  auto message = sample_message(items);
  message.data["enrich"] = kSampleData;
  return message;
}

void call_blocking(benchmark::State& state, Stage& stage) {
  const auto message = message_of_last_stage(state.range(0));
  IdleContext context;
  for (auto _ : state) benchmark::DoNotOptimize(stage.handle(message, context));
}

void call_async(benchmark::State& state, AsyncStage& stage) {
  const auto message = message_of_last_stage(state.range(0));
  for (auto _ : state) {
    const auto invocation = std::make_shared<Invocation>(message);
    stage.start(Task(invocation));
    benchmark::DoNotOptimize(invocation->outcome().data().data());
  }
}

void blocking_handler_in_cpp(benchmark::State& state) {
  const std::unique_ptr<Stage> stage = std::make_unique<BlockingSample>();
  call_blocking(state, *stage);
}

void blocking_handler_through_c(benchmark::State& state) {
  const auto descriptor = sample_descriptor<BlockingSample>();
  abi::PluginStage stage(descriptor, Settings());
  call_blocking(state, stage);
}

void async_handler_in_cpp(benchmark::State& state) {
  const std::unique_ptr<AsyncStage> stage = std::make_unique<AsyncSample>();
  call_async(state, *stage);
}

void async_handler_through_c(benchmark::State& state) {
  const auto descriptor = sample_descriptor<AsyncSample>();
  abi::PluginAsyncStage stage(descriptor, Settings());
  call_async(state, stage);
}

BENCHMARK(blocking_handler_in_cpp)->Arg(2)->Arg(100);
BENCHMARK(blocking_handler_through_c)->Arg(2)->Arg(100);
BENCHMARK(async_handler_in_cpp)->Arg(2)->Arg(100);
BENCHMARK(async_handler_through_c)->Arg(2)->Arg(100);

}  // namespace
}  // namespace esteira::bench
