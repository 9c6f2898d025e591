// What a message costs a host between its receipt and the publication of the next event, without the database: reading
// its body, the handler's context and deadline, the call of the handler, its outcome, and the event. The boundary of
// plugins is compared with a handler that is called directly.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/micro/sample_stage.hpp"
#include "host/executor.hpp"
#include "host/forwarder.hpp"
#include "host/outcome_policy.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::bench {
namespace {

/// A message's body, as the stage before has published it.
std::string body_of_items(std::int64_t items) { return runtime::orders::write_envelope(sample_message(items)); }

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
  const std::unique_ptr<Stage> stage = std::make_unique<BlockingSample>();
  pass_blocking(state, *stage);
}

void host_path_async_in_cpp(benchmark::State& state) {
  const std::unique_ptr<AsyncStage> stage = std::make_unique<AsyncSample>();
  pass_async(state, *stage);
}

BENCHMARK(host_path_blocking_in_cpp)->Arg(2)->Arg(100);
BENCHMARK(host_path_async_in_cpp)->Arg(2)->Arg(100);

void host_path_blocking_through_c(benchmark::State& state) {
  const auto descriptor = sample_descriptor<BlockingSample>();
  abi::PluginStage stage(descriptor, Settings());
  pass_blocking(state, stage);
}

void host_path_async_through_c(benchmark::State& state) {
  const auto descriptor = sample_descriptor<AsyncSample>();
  abi::PluginAsyncStage stage(descriptor, Settings());
  pass_async(state, stage);
}

BENCHMARK(host_path_blocking_through_c)->Arg(2)->Arg(100);
BENCHMARK(host_path_async_through_c)->Arg(2)->Arg(100);

}  // namespace
}  // namespace esteira::bench
