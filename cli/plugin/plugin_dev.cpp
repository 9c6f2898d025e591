#include "cli/plugin/plugin_dev.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/command_line.hpp"
#include "cli/plugin/file_watch.hpp"
#include "cli/plugin/host_process.hpp"
#include "cli/plugin/plugin.hpp"
#include "runtime/config/config.hpp"
#include "runtime/plugin/plugin.hpp"

namespace esteira::cli {
namespace {

namespace fs = std::filesystem;

constexpr timespec kPollInterval{0, 200'000'000};

/// The plugin's file. It need not exist yet.
fs::path file_of(const std::string& plugin) {
  if (plugin.find('/') != std::string::npos) return fs::absolute(plugin);
  const runtime::Config config(runtime::kCli, runtime::process_environment());
  return fs::absolute(runtime::plugin_dir(config) / (plugin + ".so"));
}

/// The host inherits the environment of this process. Several hosts run on a developer's machine, so the port of this
/// one is any free one, unless it is set.
void set_host_environment(const fs::path& file) {
  ::unsetenv("ESTEIRA_PLUGIN_FILE");
  ::setenv("ESTEIRA_PLUGIN", file.c_str(), 1);
  ::setenv("ESTEIRA_ADMIN_LISTEN", "127.0.0.1:0", 0);
}

sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// Waits for a signal, at most for the interval of a poll. True when the user wants to end.
bool is_asked_to_end(const sigset_t& signals) {
  const int number = sigtimedwait(&signals, nullptr, &kPollInterval);
  return number > 0 && number != SIGCHLD;
}

void say(const std::string& text) {
  std::printf("esteira: %s\n", text.c_str());
  std::fflush(stdout);
}

int develop(const std::string& plugin) {
  const auto signals = block_signals();
  const auto file = file_of(plugin);
  set_host_environment(file);
  FileWatch watch(file);
  std::optional<HostProcess> host;
  say("a host runs " + file.string() + "; it starts anew when the file changes, and Ctrl-C ends it");
  host.emplace();
  while (!is_asked_to_end(signals)) {
    if (watch.poll()) {
      say(file.string() + " has changed: the host starts anew, and its messages in flight come back");
      host.reset();
      host.emplace();
    } else if (host && host->has_ended()) {
      host.reset();
      say("the host has ended; it starts again when " + file.string() + " changes");
    }
  }
  return 0;
}

}  // namespace

void add_plugin_dev(CLI::App& plugin) {
  const auto name = std::make_shared<std::string>();
  auto& command = add_command(plugin, "dev", "Run a host with the plugin, and start it anew when its file changes.",
                              [name] { return develop(*name); });
  add_argument(command, "PLUGIN", *name, kPluginHelp);
}

}  // namespace esteira::cli
