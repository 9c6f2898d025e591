#include "tests/support/servers.hpp"

#include <map>
#include <sstream>
#include <stdexcept>

#include "tests/support/environment.hpp"
#include "tests/support/process.hpp"

namespace esteira::test {
namespace {

constexpr std::chrono::minutes kScriptTimeout{3};

/// Runs tools/servers.sh ACTION DIRECTORY ARGUMENT... and returns what it prints.
std::string run_script(const std::string& action, const std::filesystem::path& directory,
                       const std::vector<std::string>& arguments = {},
                       std::map<std::string, std::string> environment = {}) {
  std::vector<std::string> words{action, directory.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  // No fsync: the data must survive a crash of the server, not of the machine.
  environment["POSTGRES_FSYNC"] = "off";
  Process script(source_dir() / "tools" / "servers.sh", words, environment);
  const auto code = script.wait(kScriptTimeout);
  if (code != 0) throw std::runtime_error("servers.sh " + action + ": " + script.output());
  return script.output();
}

}  // namespace

Servers::Servers(const std::string& name, std::vector<std::string> which) : directory_(servers_dir() / name) {
  run_script("stop", directory_);
  std::filesystem::remove_all(directory_);
  std::map<std::string, std::string> environment;
  if (std::erase(which, "management") > 0) environment["RABBITMQ_MANAGEMENT"] = "on";
  if (std::erase(which, "tls") > 0) environment["SERVERS_TLS"] = "on";
  run_script("start", directory_, which, environment);
}

Servers::~Servers() {
  try {
    run_script("stop", directory_);
  } catch (const std::exception&) {
    // The next run in this directory stops what is left.
    return;
  }
}

std::string Servers::url(const std::string& variable) const {
  std::istringstream lines(run_script("env", directory_));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(variable + '=')) return line.substr(variable.size() + 1);
  }
  throw std::runtime_error(variable + " belongs to a server that was not started");
}

void Servers::start(const std::string& server) { run_script("start", directory_, {server}); }
void Servers::kill(const std::string& server) { run_script("kill", directory_, {server}); }
void Servers::freeze(const std::string& server) { run_script("freeze", directory_, {server}); }
void Servers::thaw(const std::string& server) { run_script("thaw", directory_, {server}); }
std::string Servers::rabbitmqctl(const std::vector<std::string>& arguments) {
  return run_script("rabbitmqctl", directory_, arguments);
}

}  // namespace esteira::test
