// What a message costs at the boundary of a plugin: a handler called directly, as an object of C++, and the same
// handler through the C functions of its descriptor. Both sides are included: the host's and the plugin's.
#include <benchmark/benchmark.h>

#include <chrono>
#include <esteira/esteira.hpp>
#include <esteira/plugin_stage.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace esteira::bench {
namespace {

constexpr const char* kData = R"({"score":39,"supplier":"simulated"})";

class Blocking final : public Stage {
 public:
  Outcome handle(const Message& message, Context& context) override {
    benchmark::DoNotOptimize(message.order_id.data());
    if (context.stop_requested()) return Outcome::retry("the host is stopping");
    return Outcome::done(kData);
  }
};

class Async final : public AsyncStage {
 public:
  void start(Task task) override {
    benchmark::DoNotOptimize(task.message().order_id.data());
    task.complete(task.context().stop_requested() ? Outcome::retry("the host is stopping") : Outcome::done(kData));
  }
};

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

Message order_of_items(std::int64_t items) {
  Message message;
  message.order_id = "1fec340b-0b4a-494b-b11e-d91f9350f34e";
  message.workflow = "default";
  message.customer_id = "123";
  message.stage = "finalize";
  message.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  message.data["enrich"] = kData;
  for (std::int64_t i = 0; i < items; ++i) message.items.push_back({"SKU-" + std::to_string(i), 2, Money{1250}});
  return message;
}

template <class T>
esteira_plugin_descriptor descriptor_of() {
  static constexpr PluginInfo kInfo{"bench", "1.0.0", "order.created"};
  static constexpr abi::SettingArray kSettings = abi::setting_array(kInfo.settings);
  return abi::describe<T>(kInfo, kSettings);
}

void call_blocking(benchmark::State& state, Stage& stage) {
  const auto message = order_of_items(state.range(0));
  IdleContext context;
  for (auto _ : state) benchmark::DoNotOptimize(stage.handle(message, context));
}

void call_async(benchmark::State& state, AsyncStage& stage) {
  const auto message = order_of_items(state.range(0));
  for (auto _ : state) {
    const auto invocation = std::make_shared<Invocation>(message);
    stage.start(Task(invocation));
    benchmark::DoNotOptimize(invocation->outcome().data().data());
  }
}

void blocking_handler_in_cpp(benchmark::State& state) {
  const std::unique_ptr<Stage> stage = std::make_unique<Blocking>();
  call_blocking(state, *stage);
}

void blocking_handler_through_c(benchmark::State& state) {
  const auto descriptor = descriptor_of<Blocking>();
  abi::PluginStage stage(descriptor, Settings());
  call_blocking(state, stage);
}

void async_handler_in_cpp(benchmark::State& state) {
  const std::unique_ptr<AsyncStage> stage = std::make_unique<Async>();
  call_async(state, *stage);
}

void async_handler_through_c(benchmark::State& state) {
  const auto descriptor = descriptor_of<Async>();
  abi::PluginAsyncStage stage(descriptor, Settings());
  call_async(state, stage);
}

BENCHMARK(blocking_handler_in_cpp)->Arg(2)->Arg(100);
BENCHMARK(blocking_handler_through_c)->Arg(2)->Arg(100);
BENCHMARK(async_handler_in_cpp)->Arg(2)->Arg(100);
BENCHMARK(async_handler_through_c)->Arg(2)->Arg(100);

}  // namespace
}  // namespace esteira::bench
