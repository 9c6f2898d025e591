#include <algorithm>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

std::string describe_settings(Program program) {
  std::size_t widest = 0;
  for (const auto& setting : setting_catalogue()) widest = std::max(widest, setting.name.size());
  std::string lines;
  for (const auto& setting : setting_catalogue()) {
    if ((setting.programs & program) == 0) continue;
    lines += "  " + std::string(setting.name) + std::string(widest + 2 - setting.name.size(), ' ');
    lines += setting.help;
    if (!setting.choices.empty()) lines += " (" + std::string(setting.choices) + ")";
    if ((setting.required & program) != 0) lines += " [required]";
    if (!setting.default_value.empty()) lines += " [" + std::string(setting.default_value) + "]";
    lines += '\n';
  }
  return lines;
}

}  // namespace esteira::runtime
