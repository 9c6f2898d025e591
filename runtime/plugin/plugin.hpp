#pragma once
#include <esteira/abi.h>

#include <esteira/settings.hpp>
#include <esteira/stage.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

/// A loaded plugin that this host can use. The library is never unloaded: stages made in it may outlive this object.
class Plugin {
 public:
  /// Loads `<folder>/<name>.so`, or the file `name` when it contains a '/'. Reads only the descriptor. Throws
  /// ConfigError with one line that names the problem and the remedy: no such file, not a library, no descriptor,
  /// another ABI version, names or keys that are not allowed.
  static Plugin load(const std::string& name, const std::filesystem::path& folder);

  [[nodiscard]] const esteira_plugin_descriptor& descriptor() const { return *descriptor_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::vector<std::string> consumes() const;
  [[nodiscard]] std::vector<SettingSpec> settings() const;

 private:
  Plugin(std::filesystem::path path, const esteira_plugin_descriptor* descriptor);
  std::filesystem::path path_;
  const esteira_plugin_descriptor* descriptor_;
};

/// The folder of the plugins: ESTEIRA_PLUGIN_DIR; else ../lib/esteira/plugins, seen from the program's folder, if it
/// exists; else ../plugins.
std::filesystem::path plugin_dir(const Config& config);

/// The prefix of a stage's variables: "ENRICH_B2_" for enrich-b2.
std::string setting_prefix(std::string_view stage);

/// Reads a stage's settings from the environment: <STAGE>_<KEY>, the stage in upper case with '-' as '_'.
/// Throws ConfigError for an invalid value, for a required one that is missing, and for a <STAGE>_* variable that the
/// plugin did not declare (the text suggests the closest name). Ignores the variables that Kubernetes sets for a
/// Service of that name: <STAGE>_SERVICE_HOST, <STAGE>_SERVICE_PORT*, <STAGE>_PORT*.
Settings read_plugin_settings(const Plugin& plugin, const std::string& stage, const Environment& environment);

/// The variables that set the plugin under its own name, when its stage has another one and does not read them:
/// ENRICH_DELAY for the plugin enrich in a stage enrich-b2 that has no ENRICH_B2_DELAY. They may belong to another
/// stage, so they are not refused.
std::vector<std::string> unread_plugin_settings(const Plugin& plugin, const std::string& stage,
                                                const Environment& environment);

/// The stage object of a plugin. Exactly one of the two is set.
struct StageObject {
  std::shared_ptr<Stage> blocking;
  std::shared_ptr<AsyncStage> async;
};
/// Constructs the plugin's stage. A failure becomes a ConfigError that names the plugin and its reason.
StageObject create_stage(const Plugin& plugin, const Settings& settings);

}  // namespace esteira::runtime
