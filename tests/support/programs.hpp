#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tests/support/process.hpp"

namespace esteira::test {

/// The real programs of this build, with settings fit for tests: esteira-api as "api", esteira-host with the plugin of
/// a stage as "process", "enrich", "finalize"; more replicas are "api-2", "enrich-2" and so on. One thread at a time.
class Programs {
 public:
  using Settings = std::map<std::string, std::string>;

  /// `settings` are for every program, "enrich/NAME" for the replicas of enrich alone, ENRICH_* for enrich; an empty
  /// value takes a default of the tests away. They have to name the servers.
  explicit Programs(Settings settings) : settings_(std::move(settings)) {}

  void launch(const std::string& name, const Settings& more = {});  ///< what ran under that name is killed
  /// Throws with what the program wrote when it does not listen, or is not ready, within a minute.
  void await_port(const std::string& name);
  void await_ready(const std::string& name);
  void start(const std::string& name, const Settings& more = {});  ///< launches it and waits until it is ready

  Process& at(const std::string& name) { return *programs_.at(name).process; }
  /// Where it listens, once awaited.
  [[nodiscard]] std::uint16_t port(const std::string& name) const { return programs_.at(name).port; }
  void clear() { programs_.clear(); }  ///< kills all

  /// The header that the API lets in.
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

}  // namespace esteira::test
