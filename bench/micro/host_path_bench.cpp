// What a message costs a host between its receipt and the publication of the next event, without the database: reading
// its body, the handler's context and deadline, the call of the handler, its outcome, and the event. The boundary of
// plugins is compared with a handler that is called directly.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <esteira/esteira.hpp>
#include <esteira/plugin_stage.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/executor.hpp"
#include "host/forwarder.hpp"
#include "host/outcome_policy.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::bench {
namespace {

constexpr const char* kEnrichment = R"({"score":39,"supplier":"simulated"})";

class BlockingEnrich final : public Stage {
 public:
  Outcome handle(const Message& message, Context& context) override {
    benchmark::DoNotOptimize(message.order_id.data());
    if (context.stop_requested()) return Outcome::retry("the host is stopping");
    return Outcome::done(kEnrichment);
  }
};

class AsyncEnrich final : public AsyncStage {
 public:
  void start(Task task) override {
    benchmark::DoNotOptimize(task.message().order_id.data());
    task.complete(task.context().stop_requested() ? Outcome::retry("the host is stopping")
                                                  : Outcome::done(kEnrichment));
  }
};

/// A message's body, as the stage before has published it.
std::string body_of_items(std::int64_t items) {
  Message message;
  message.order_id = "1fec340b-0b4a-494b-b11e-d91f9350f34e";
  message.workflow = "default";
  message.customer_id = "123";
  for (std::int64_t i = 0; i < items; ++i) message.items.push_back({"SKU-" + std::to_string(i), 2, Money{1250}});
  return runtime::orders::write_envelope(message);
}

host::JobPtr receive(const std::string& body) {
  auto job = std::make_shared<host::Job>();
  job->token = 1;
  job->message = runtime::orders::read_envelope(body);
  job->message.stage = "enrich";
  job->message.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  job->body = body;
  return job;
}

host::StageOptions enrich_options() {
  host::StageOptions options;
  options.exchange = "orders";
  options.stage = "enrich";
  options.consumes = {"order.enrichment.requested"};
  options.publishes = "order.enriched";
  return options;
}

/// The parts of a host from the handler to the publisher, in one thread.
class Path {
 public:
  Path() {
    runtime::log::Options quiet;
    quiet.level = "error";
    runtime::log::configure(quiet);
  }

  std::shared_ptr<host::HandlerInvocation> begin(const std::string& body) {
    auto invocation = std::make_shared<host::HandlerInvocation>(receive(body), services_);
    invocation->begin();
    return invocation;
  }

 private:
  void on_result(host::HandlerResult&& result) {
    std::vector<host::JobResult> batch;
    batch.push_back(host::resolve_outcome(std::move(result), options_));
    forwarder_.forward(batch, recorded_);
  }

  const host::StageOptions options_ = enrich_options();
  const std::vector<runtime::orders::RecordedResult> recorded_ = std::vector<runtime::orders::RecordedResult>(1);
  runtime::Metrics metrics_;
  host::HostMetrics host_metrics_{metrics_, "enrich"};
  host::PluginMetrics plugin_metrics_{metrics_, "enrich"};
  host::Timers timers_;
  host::HandlerServices services_{std::chrono::seconds(30), timers_, plugin_metrics_, host_metrics_.handler_seconds,
                                  [this](host::HandlerResult&& result) { on_result(std::move(result)); }};
  host::Forwarder forwarder_{
      options_, host_metrics_,
      [](std::vector<runtime::amqp::Publication> publications) { benchmark::DoNotOptimize(publications.data()); },
      [](const std::vector<std::uint64_t>&) {}};
};

template <class T>
esteira_plugin_descriptor plugin_of() {
  static constexpr PluginInfo kInfo{"enrich", "1.0.0", "order.enrichment.requested"};
  static constexpr abi::SettingArray kSettings = abi::setting_array(kInfo.settings);
  return abi::describe<T>(kInfo, kSettings);
}

void pass_blocking(benchmark::State& state, Stage& stage) {
  const auto body = body_of_items(state.range(0));
  Path path;
  for (auto _ : state) {
    const auto invocation = path.begin(body);
    invocation->complete(stage.handle(invocation->message(), invocation->context()));
  }
}

void pass_async(benchmark::State& state, AsyncStage& stage) {
  const auto body = body_of_items(state.range(0));
  Path path;
  for (auto _ : state) stage.start(Task(path.begin(body)));
}

void host_path_blocking_in_cpp(benchmark::State& state) {
  const std::unique_ptr<Stage> stage = std::make_unique<BlockingEnrich>();
  pass_blocking(state, *stage);
}

void host_path_async_in_cpp(benchmark::State& state) {
  const std::unique_ptr<AsyncStage> stage = std::make_unique<AsyncEnrich>();
  pass_async(state, *stage);
}

BENCHMARK(host_path_blocking_in_cpp)->Arg(2)->Arg(100);
BENCHMARK(host_path_async_in_cpp)->Arg(2)->Arg(100);

// A host before ABI 2.0 has only the handlers above.
void host_path_blocking_through_c(benchmark::State& state) {
  const auto descriptor = plugin_of<BlockingEnrich>();
  abi::PluginStage stage(descriptor, Settings());
  pass_blocking(state, stage);
}

void host_path_async_through_c(benchmark::State& state) {
  const auto descriptor = plugin_of<AsyncEnrich>();
  abi::PluginAsyncStage stage(descriptor, Settings());
  pass_async(state, stage);
}

BENCHMARK(host_path_blocking_through_c)->Arg(2)->Arg(100);
BENCHMARK(host_path_async_through_c)->Arg(2)->Arg(100);

}  // namespace
}  // namespace esteira::bench
