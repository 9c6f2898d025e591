#include "cli/plugin/trial.hpp"

#include <esteira/testing.hpp>
#include <utility>

namespace esteira::cli {
namespace {

runtime::Plugin load(const std::string& name) {
  const runtime::Config config(runtime::kCli, runtime::process_environment());
  return runtime::Plugin::load(name, runtime::plugin_dir(config));
}

}  // namespace

Trial::Trial(const Options& options)
    : timeout_(options.timeout),
      cancelled_(options.cancelled),
      plugin_(load(options.plugin)),
      stage_(options.stage.empty() ? plugin_.descriptor().name : options.stage),
      handler_(runtime::create_stage(plugin_,
                                     runtime::read_plugin_settings(plugin_, stage_, runtime::process_environment()))) {}

Trial::~Trial() {
  for (auto& context : contexts_) context.finish();
}

TrialResult Trial::run(Message message) {
  message.stage = stage_;
  auto& context = contexts_.emplace_back(testing::Timers::real, timeout_);
  if (cancelled_) context.cancel();
  const auto began = std::chrono::steady_clock::now();
  auto outcome = handler_.async ? testing::run(*handler_.async, message, context)
                                : testing::run(*handler_.blocking, message, context);
  const auto time = std::chrono::steady_clock::now() - began;
  context.finish();
  return {std::move(outcome), time, context};
}

}  // namespace esteira::cli
