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

/// A plugin's library, loaded and found fit. Never unloaded again: objects and exceptions made in it may outlive this.
class Plugin {
 public:
  /// Loads `<folder>/<name>.so`, or `name` itself when it holds a '/'. Reads the descriptor and nothing else; throws
  /// ConfigError with one line that says what does not fit and how to mend it: no such file, not a library, no
  /// descriptor, another ABI version, another compiler or standard library, names or keys that are not allowed.
  static Plugin load(const std::string& name, const std::filesystem::path& folder);

  [[nodiscard]] const esteira_plugin_descriptor& descriptor() const { return *descriptor_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::vector<SettingSpec> settings() const;

 private:
  Plugin(std::filesystem::path path, const esteira_plugin_descriptor* descriptor);
  std::filesystem::path path_;
  const esteira_plugin_descriptor* descriptor_;
};

/// Where plugins are: ESTEIRA_PLUGIN_DIR, else ../lib/esteira/plugins or ../plugins beside this program.
std::filesystem::path plugin_dir(const Config& config);

/// What the variables of a stage begin with: "ENRICH_B2_" for enrich-b2.
std::string setting_prefix(std::string_view stage);

/// Reads a stage's settings from the environment: <STAGE>_<KEY>, the stage in upper case with '-' as '_'.
/// Throws ConfigError for a bad value, a missing required one, or a <STAGE>_* variable that the plugin did not declare
/// (a near name is suggested). Variables that Kubernetes makes for a Service of that name are not of the plugin:
/// <STAGE>_SERVICE_HOST, <STAGE>_SERVICE_PORT*, <STAGE>_PORT*.
Settings read_plugin_settings(const Plugin& plugin, const std::string& stage, const Environment& environment);

/// The stage object of a plugin, of one of the two kinds.
struct StageObject {
  std::shared_ptr<Stage> blocking;
  std::shared_ptr<AsyncStage> async;
};
/// Calls the plugin's constructor. What it throws becomes a ConfigError that names the plugin.
StageObject create_stage(const Plugin& plugin, const Settings& settings);

}  // namespace esteira::runtime
