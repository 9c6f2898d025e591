#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "host/host.hpp"
#include "runtime/config/config.hpp"
#include "runtime/lifecycle/batch_scheduling.hpp"
#include "runtime/lifecycle/exit_deadline.hpp"
#include "runtime/lifecycle/service_notifier.hpp"
#include "runtime/lifecycle/shutdown_signals.hpp"
#include "runtime/lifecycle/standard_descriptors.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/postgres/watchdog.hpp"
#include "runtime/text/lists.hpp"

namespace {

using esteira::host::Host;
namespace runtime = esteira::runtime;

constexpr int kUsageError = 2;

void print_help() {
  std::printf(
      "esteira-host runs one stage of the pipeline: the plugin that ESTEIRA_PLUGIN names.\n\n"
      "Usage: esteira-host [--check | --help | --version]\n\n"
      "--check reads all settings, constructs the plugin's stage, reports and ends: 0 when a start would accept them.\n"
      "It connects to no server.\n\nSettings, from the environment; NAME_FILE names a file that contains NAME:\n%s",
      runtime::describe_settings(runtime::kHost).c_str());
}

/// What `--check` reports.
std::string describe(const esteira::host::StageOptions& options, const runtime::Plugin& plugin) {
  std::string text = "esteira-host: the settings are valid: stage ";
  text.append(options.stage).append(", plugin ").append(plugin.descriptor().name);
  text.append(" ").append(plugin.descriptor().version).append(" from ").append(plugin.path().string());
  text.append(", consumes ").append(runtime::join_list(options.consumes, ", "));
  text.append(", publishes ").append(options.publishes.empty() ? "nothing" : options.publishes);
  if (!options.refused.empty()) text.append(", refuses with ").append(options.refused);
  return text;
}

void configure_log(const runtime::Config& config, const std::string& stage) {
  runtime::log::configure({"esteira-host", stage, config.text("ESTEIRA_LOG_LEVEL"), config.text("ESTEIRA_LOG_FORMAT")});
}

int check() {
  const auto environment = runtime::process_environment();
  const runtime::Config config(runtime::kHost, environment);
  const auto plugin = runtime::Plugin::load(config.text("ESTEIRA_PLUGIN"), runtime::plugin_dir(config));
  const auto options = esteira::host::StageOptions::from(config, plugin.descriptor());
  configure_log(config, options.stage);
  Host::check(plugin, config, environment);
  runtime::log::flush();
  return std::puts(describe(options, plugin).c_str()) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int run() {
  runtime::ShutdownSignals signals;
  runtime::use_batch_scheduling();
  const auto environment = runtime::process_environment();
  const runtime::Config config(runtime::kHost, environment);
  auto plugin = runtime::Plugin::load(config.text("ESTEIRA_PLUGIN"), runtime::plugin_dir(config));
  configure_log(config, esteira::host::StageOptions::from(config, plugin.descriptor()).stage);
  runtime::log::capture_library_text();

  Host host(std::move(plugin), config, environment);
  host.start();
  runtime::log::info("listening", {{"port", host.port()}});
  runtime::ServiceNotifier notifier(host.readiness(), [&host] { return host.unhealthy_reason(); });
  const int signal = signals.wait([](int ignored) {
    runtime::log::warn("a signal is ignored: settings are read at the start, and SIGTERM stops the program",
                       {{"signal", ignored}});
  });
  if (const auto refusal = host.refusal(); !refusal.empty()) throw std::runtime_error(refusal);
  runtime::log::info("stopping", {{"signal", signal}});
  const auto timeout = config.duration("ESTEIRA_SHUTDOWN_TIMEOUT");
  runtime::end_process_after(
      timeout, [] { runtime::postgres::Watchdog::instance().abandon(); },
      [] {
        runtime::log::warn("the stop exceeds ESTEIRA_SHUTDOWN_TIMEOUT; the process ends, and the broker redelivers");
        runtime::log::flush();
      });
  notifier.report_stop(timeout);
  if (!host.stop(timeout)) {
    runtime::log::warn("a handler did not end within ESTEIRA_SHUTDOWN_TIMEOUT; the broker redelivers its message");
    runtime::log::flush();
    std::_Exit(EXIT_SUCCESS);
  }
  runtime::log::info("stopped");
  runtime::log::flush();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  esteira::runtime::open_standard_descriptors();
  const std::string_view argument = argc > 1 ? argv[1] : "";
  if (argc == 2 && (argument == "--help" || argument == "-h")) return print_help(), EXIT_SUCCESS;
  if (argc == 2 && argument == "--version") return std::puts("esteira-host " ESTEIRA_VERSION), EXIT_SUCCESS;
  const bool only_check = argc == 2 && argument == "--check";
  if (argc > 1 && !only_check) {
    std::fprintf(stderr, "esteira-host: unknown argument '%s'; it takes settings from the environment, see --help\n",
                 argv[1]);
    return kUsageError;
  }
  try {
    return only_check ? check() : run();
  } catch (const std::exception& error) {
    runtime::log::print(std::string("esteira-host: ").append(error.what()));
    runtime::log::flush();
    return EXIT_FAILURE;
  }
}
