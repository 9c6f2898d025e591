#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <thread>

#include "api/api.hpp"
#include "runtime/lifecycle/exit_deadline.hpp"
#include "runtime/lifecycle/service_notifier.hpp"
#include "runtime/lifecycle/shutdown_signals.hpp"
#include "runtime/lifecycle/standard_descriptors.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/postgres/watchdog.hpp"

namespace {

namespace rt = esteira::runtime;

constexpr auto kUsage =
    "Usage: esteira-api [--check | --help | --version]\n\n"
    "Accepts orders over HTTP, stores them in PostgreSQL and publishes their first event to RabbitMQ.\n"
    "--check reads all settings, reports and ends: 0 when a start would accept them. It connects to no server.\n"
    "All settings are environment variables; NAME_FILE names a file that contains NAME:\n\n";

int run() {
  const rt::Config config(rt::kApi, rt::process_environment());
  rt::ShutdownSignals signals;
  rt::log::configure({"esteira-api", "", config.text("ESTEIRA_LOG_LEVEL"), config.text("ESTEIRA_LOG_FORMAT")});
  rt::log::capture_library_text();
  esteira::api::Api api(config);
  api.start();
  rt::log::info("listening", {{"port", api.port()}, {"version", ESTEIRA_VERSION}});
  rt::ServiceNotifier notifier(api.readiness());
  const int signal = signals.wait([](int ignored) {
    rt::log::warn("a signal is ignored: settings are read at the start, and SIGTERM stops the program",
                  {{"signal", ignored}});
  });
  rt::log::info("stopping", {{"signal", signal}});
  const auto timeout = config.duration("ESTEIRA_SHUTDOWN_TIMEOUT");
  rt::end_process_after(
      timeout, [] { rt::postgres::Watchdog::instance().abandon(); },
      [] {
        rt::log::warn(
            "the stop exceeds ESTEIRA_SHUTDOWN_TIMEOUT; the process ends, and a sweep publishes what is left");
        rt::log::flush();
      });
  notifier.report_stop(timeout);
  api.begin_drain();
  const auto delay = std::min(config.duration("ESTEIRA_DRAIN_DELAY"), timeout / 2);
  std::this_thread::sleep_for(delay);
  api.stop(timeout - delay);
  rt::log::info("stopped");
  return 0;
}

int check() {
  const rt::Config config(rt::kApi, rt::process_environment());
  esteira::api::Api::check(config);
  return std::puts("esteira-api: the settings are valid") < 0 ? 1 : 0;
}

int print_help_or_version(std::string_view option) {
  if (option == "--version") return std::printf("esteira-api %s\n", ESTEIRA_VERSION) < 0 ? 1 : 0;
  const bool help = option == "--help";
  std::FILE* const stream = help ? stdout : stderr;
  std::fprintf(stream, "%s%s", kUsage, help ? rt::describe_settings(rt::kApi).c_str() : "  see --help\n");
  return help ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  esteira::runtime::open_standard_descriptors();
  try {
    if (argc == 1) {
      const int code = run();
      esteira::runtime::log::flush();
      return code;
    }
    if (argc == 2 && std::string_view(argv[1]) == "--check") return check();
    return print_help_or_version(argc == 2 ? argv[1] : "");
  } catch (const std::exception& error) {
    esteira::runtime::log::print(std::string("esteira-api: ").append(error.what()));
    esteira::runtime::log::flush();
    return 1;
  }
}
