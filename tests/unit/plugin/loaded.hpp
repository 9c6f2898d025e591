#pragma once
#include <esteira/testing.hpp>
#include <map>
#include <memory>
#include <string>

#include "runtime/plugin/plugin.hpp"
#include "tests/support/environment.hpp"

/// Plugins of this build.
namespace plugin_test {

inline std::filesystem::path shipped_dir() { return esteira::test::build_dir() / "plugins"; }
inline std::filesystem::path fixture_dir() { return esteira::test::build_dir() / "tests" / "plugins"; }

/// A shipped plugin in the test harness, with these settings.
inline std::unique_ptr<esteira::testing::PluginHarness> make(const std::string& name,
                                                             const std::map<std::string, std::string>& given = {}) {
  const auto& descriptor = esteira::runtime::Plugin::load(name, shipped_dir()).descriptor();
  auto settings = esteira::testing::make_settings(descriptor, given);
  return std::make_unique<esteira::testing::PluginHarness>(descriptor, std::move(settings));
}

}  // namespace plugin_test
