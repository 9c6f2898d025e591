#include <algorithm>
#include <esteira/names.hpp>
#include <esteira/setting_value.hpp>
#include <map>
#include <utility>

#include "runtime/config/closest_name.hpp"
#include "runtime/config/service_link.hpp"
#include "runtime/plugin/plugin.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::runtime {
namespace {

std::string unknown_remedy(const std::string& variable, const std::string& prefix,
                           const std::vector<SettingSpec>& specs) {
  if (specs.empty()) return "it has no settings; remove the variable";
  std::vector<std::string> known;
  known.reserve(specs.size());
  for (const auto& spec : specs) known.push_back(prefix + spec.key);
  if (const auto closest = closest_name(variable, known); !closest.empty()) return "did you mean " + closest + "?";
  std::string text = "its settings are";
  for (const auto& name : known) text += (name == known.front() ? " " : ", ") + name;
  return text;
}

void refuse_undeclared(const std::string& name, const std::string& prefix, const std::vector<SettingSpec>& specs,
                       const Environment& environment) {
  for (auto next = environment.lower_bound(prefix); next != environment.end(); ++next) {
    const auto& variable = next->first;
    if (!variable.starts_with(prefix)) break;
    const auto key = std::string_view(variable).substr(prefix.size());
    const bool declared = std::any_of(specs.begin(), specs.end(), [key](const auto& spec) { return spec.key == key; });
    if (declared || is_service_link(variable, next->second) || is_setting_variable(variable)) continue;
    auto text = variable;
    text.append(": plugin ").append(name).append(" has no such setting; ");
    throw ConfigError(text + unknown_remedy(variable, prefix, specs));
  }
}

Settings::Value plugin_setting(const std::string& name, const std::string& prefix, const SettingSpec& spec,
                               const Environment& environment) {
  const auto variable = prefix + spec.key;
  const auto found = environment.find(variable);
  if (spec.default_value == nullptr && (found == environment.end() || found->second.empty()))
    throw ConfigError(variable + ": plugin " + name + " requires it: " + spec.help);
  const std::string text = found == environment.end() ? spec.default_value : found->second;
  auto value = ::esteira::read_setting(spec.type, text);
  if (!value || !is_utf8(text)) throw ConfigError(variable + ": should be " + std::string(setting_form(spec.type)));
  return *std::move(value);
}

}  // namespace

std::string setting_prefix(std::string_view stage) {
  auto prefix = std::string(stage) + "_";
  for (auto& c : prefix) c = c == '-' ? '_' : names::is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
  return prefix;
}

Settings read_plugin_settings(const Plugin& plugin, const std::string& stage, const Environment& environment) {
  const auto prefix = setting_prefix(stage);
  const auto specs = plugin.settings();
  const std::string name = plugin.descriptor().name;
  refuse_undeclared(name, prefix, specs, environment);
  std::map<std::string, Settings::Value, std::less<>> values;
  for (const auto& spec : specs) values.emplace(spec.key, plugin_setting(name, prefix, spec, environment));
  return Settings(std::move(values));
}

std::vector<std::string> unread_plugin_settings(const Plugin& plugin, const std::string& stage,
                                                const Environment& environment) {
  std::vector<std::string> unread;
  const auto prefix = setting_prefix(stage);
  const auto other_prefix = setting_prefix(plugin.descriptor().name);
  if (prefix == other_prefix) return unread;
  for (const auto& spec : plugin.settings()) {
    auto variable = other_prefix + spec.key;
    if (environment.contains(variable) && !environment.contains(prefix + spec.key)) unread.push_back(variable);
  }
  return unread;
}

}  // namespace esteira::runtime
