#include "tests/support/programs.hpp"

#include <cstdlib>
#include <stdexcept>

#include "tests/support/environment.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {
namespace {

constexpr auto kToken = "a-token-of-the-tests";
constexpr std::chrono::seconds kStartTimeout{60};

/// The port in the log line "listening"; 0 before that line.
std::uint16_t logged_port(const std::string& output) {
  const auto line = output.find("\"msg\":\"listening\"");
  const auto found = line == std::string::npos ? line : output.find("\"port\":", line);
  return found == std::string::npos ? std::uint16_t{0}
                                    : static_cast<std::uint16_t>(std::strtoul(output.c_str() + found + 7, nullptr, 10));
}

std::string kind_of(const std::string& name) { return name.substr(0, name.find('-')); }

Programs::Settings defaults_for(const std::string& kind) {
  if (kind == "api") {
    return {{"ESTEIRA_LOG_FORMAT", "json"},
            {"SECRET_TOKEN", kToken},
            {"ESTEIRA_LISTEN", "127.0.0.1:0"},
            {"ESTEIRA_DRAIN_DELAY", "0s"},
            {"ESTEIRA_SWEEP_INTERVAL", "500ms"}};
  }
  Programs::Settings settings{{"ESTEIRA_LOG_FORMAT", "json"},
                              {"ESTEIRA_PLUGIN", kind},
                              {"ESTEIRA_PLUGIN_DIR", build_dir() / "plugins"},
                              {"ESTEIRA_ADMIN_LISTEN", "127.0.0.1:0"},
                              {"ESTEIRA_RETRY_DELAYS", "50ms,100ms"}};
  if (kind == "enrich") settings["ENRICH_DELAY"] = "20ms";
  return settings;
}

}  // namespace

std::pair<const std::string, std::string> Programs::authorization() {
  return {"Authorization", std::string("Bearer ") + kToken};
}

Programs::Settings Programs::environment_for(const std::string& name) const {
  const auto kind = kind_of(name);
  auto environment = defaults_for(kind);
  for (const auto& [key, value] : settings_) {
    const auto slash = key.find('/');
    const auto setting = key.substr(slash == std::string::npos ? 0 : slash + 1);
    const bool is_of_enrich = key.starts_with("ENRICH_");
    const auto owner = is_of_enrich ? "enrich" : slash == std::string::npos ? kind : key.substr(0, slash);
    if (owner != kind) continue;
    environment[setting] = value;
    if (value.empty()) environment.erase(setting);
  }
  return environment;
}

void Programs::launch(const std::string& name, const Settings& more) {
  const auto program = build_dir() / "bin" / (kind_of(name) == "api" ? "esteira-api" : "esteira-host");
  auto environment = environment_for(name);
  for (const auto& [key, value] : more) environment[key] = value;
  programs_[name] = {std::make_unique<Process>(program, std::vector<std::string>{}, environment), 0};
}

void Programs::await_port(const std::string& name) {
  auto& program = programs_.at(name);
  const auto is_listening = [&] { return (program.port = logged_port(program.process->output())) != 0; };
  if (!wait_until(is_listening, kStartTimeout)) {
    throw std::runtime_error(name + " does not listen:\n" + program.process->output());
  }
}

void Programs::await_ready(const std::string& name) {
  await_port(name);
  const auto& program = programs_.at(name);
  const auto is_ready = [&program] {
    try {
      return http_request(program.port, "GET", "/readyz").status == 200;
    } catch (const std::exception&) {
      return false;
    }
  };
  if (!wait_until(is_ready, kStartTimeout)) {
    throw std::runtime_error(name + " is not ready:\n" + program.process->output());
  }
}

void Programs::start(const std::string& name, const Settings& more) {
  launch(name, more);
  await_ready(name);
}

void migrate_database(const std::string& url) {
  Process migration(build_dir() / "bin" / "esteira", {"migrate"}, {{"DATABASE_URL", url}});
  if (migration.wait() != 0) throw std::runtime_error(migration.output());
}

}  // namespace esteira::test
