#include "runtime/config/setting_defaults.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "runtime/config/config.hpp"
#include "runtime/config/read_setting.hpp"

namespace esteira::runtime {
namespace {

template <class T>
T default_value(std::string_view name) {
  const auto catalogue = setting_catalogue();
  const auto found = std::ranges::find(catalogue, name, &Setting::name);
  if (found != catalogue.end()) {
    const auto value = read_setting(*found, found->default_value);
    if (const auto* typed = std::get_if<T>(&value)) return *typed;
  }
  throw std::logic_error("the catalogue has no default of this kind for " + std::string(name));
}

}  // namespace

std::int64_t default_integer(std::string_view name) { return default_value<std::int64_t>(name); }
std::chrono::milliseconds default_duration(std::string_view name) {
  return default_value<std::chrono::milliseconds>(name);
}

}  // namespace esteira::runtime
