#include <algorithm>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

namespace {

/// The values that a setting takes, when the catalogue limits them.
std::string describe_values(const Setting& setting) {
  if (!setting.choices.empty()) return std::string(setting.choices);
  if (setting.kind == SettingKind::integer) {
    return std::to_string(setting.min) + " to " + std::to_string(setting.max);
  }
  if (setting.kind == SettingKind::duration || setting.kind == SettingKind::durations) {
    return format_duration(std::chrono::milliseconds(setting.min)) + " to " +
           format_duration(std::chrono::milliseconds(setting.max));
  }
  return "";
}

}  // namespace

std::string describe_settings(Program program) {
  std::size_t widest = 0;
  for (const auto& setting : setting_catalogue()) widest = std::max(widest, setting.name.size());
  std::string lines;
  for (const auto& setting : setting_catalogue()) {
    if ((setting.programs & program) == 0) continue;
    lines += "  " + std::string(setting.name) + std::string(widest + 2 - setting.name.size(), ' ');
    lines += setting.help;
    if (const auto values = describe_values(setting); !values.empty()) lines += " (" + values + ")";
    if (is_secret(setting.kind)) lines.append(" [or ").append(file_variable(setting.name)).append("]");
    if ((setting.required & program) != 0) lines += " [required]";
    if (!setting.default_value.empty()) lines += " [default: " + std::string(setting.default_value) + "]";
    lines += '\n';
  }
  return lines;
}

}  // namespace esteira::runtime
