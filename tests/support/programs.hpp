#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tests/support/process.hpp"

namespace esteira::test {

/// The real programs of this build, with settings for tests: "api" is esteira-api; "process", "enrich" and "finalize"
/// are esteira-host with that plugin. Further replicas are "api-2", "enrich-2" and so on. One thread at a time.
class Programs {
 public:
  using Settings = std::map<std::string, std::string>;

  /// `settings` must name the servers. NAME is for every program, "enrich/NAME" only for the replicas of enrich,
  /// ENRICH_* for enrich. An empty value removes a default of the tests.
  explicit Programs(Settings settings) : settings_(std::move(settings)) {}

  void launch(const std::string& name, const Settings& more = {});  ///< kills the program that ran under that name
  /// Throws with the output of the program when it does not listen, or is not ready, within a minute.
  void await_port(const std::string& name);
  void await_ready(const std::string& name);
  void start(const std::string& name, const Settings& more = {});  ///< launches it and waits until it is ready

  Process& at(const std::string& name) { return *programs_.at(name).process; }
  /// The port it listens on. Call `await_port` first.
  [[nodiscard]] std::uint16_t port(const std::string& name) const { return programs_.at(name).port; }
  void clear() { programs_.clear(); }  ///< kills all

  /// The Authorization header that the API accepts.
  static std::pair<const std::string, std::string> authorization();

 private:
  struct Program {
    std::unique_ptr<Process> process;
    std::uint16_t port = 0;
  };
  [[nodiscard]] Settings environment_for(const std::string& name) const;

  const Settings settings_;
  std::map<std::string, Program> programs_;
};

/// Runs `esteira migrate` on a database. Throws with its output when it fails.
void migrate_database(const std::string& url);

}  // namespace esteira::test
