#include "runtime/config/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/config/closest_name.hpp"
#include "runtime/config/read_setting.hpp"
#include "runtime/config/secret_file.hpp"
#include "runtime/config/service_link.hpp"

namespace esteira::runtime {

namespace {

/// What systemd sets for its own protocols in every service. None is a setting, not even of a stage called "notify".
constexpr std::string_view kVariablesOfSystemd[] = {"CREDENTIALS_DIRECTORY", "INVOCATION_ID",    "JOURNAL_STREAM",
                                                    "NOTIFY_SOCKET",         "SYSTEMD_EXEC_PID", "WATCHDOG_PID",
                                                    "WATCHDOG_USEC"};

/// The setting that was probably meant; empty when there is none.
std::string meant_setting(std::string_view name, const std::vector<std::string>& known) {
  for (const auto& setting : setting_catalogue()) {
    if (setting.former_name == name) return std::string(setting.name);
  }
  return closest_name(name, known);
}

void refuse_unknown(const Environment& environment) {
  std::vector<std::string> known;
  for (const auto& setting : setting_catalogue()) {
    known.emplace_back(setting.name);
    if (is_secret(setting.kind)) known.push_back(file_variable(setting.name));
  }
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("ESTEIRA_") || is_service_link(name, value)) continue;
    if (is_setting_variable(name)) continue;
    const auto meant = meant_setting(name, known);
    throw ConfigError(name + " is not a setting; " +
                      (meant.empty() ? "--help lists all settings" : "did you mean " + meant + "?"));
  }
}

/// The value from the environment, or the default; nothing when there is neither.
std::optional<std::string_view> given_value(const Setting& setting, const Environment& environment) {
  const auto found = environment.find(setting.name);
  const bool given = found != environment.end();
  if (given && (!found->second.empty() || setting.kind == SettingKind::durations)) return found->second;
  if (!setting.default_value.empty()) return setting.default_value;
  return std::nullopt;
}

/// The path in NAME_FILE of a secret setting; empty when it is not set.
std::string given_file(const Setting& setting, const Environment& environment) {
  if (!is_secret(setting.kind)) return {};
  const auto variable = file_variable(setting.name);
  const auto found = environment.find(variable);
  if (found == environment.end() || found->second.empty()) return {};
  const auto value = environment.find(setting.name);
  if (value != environment.end() && !value->second.empty()) {
    throw ConfigError(std::string(setting.name).append(" and ").append(variable).append(" are both set; remove one"));
  }
  return found->second;
}

/// Of a setting that is read from a file.
SettingValue read_from_file(const Setting& setting, const std::string& path) {
  try {
    return read_setting(setting, read_secret_file(path));
  } catch (const std::invalid_argument& fault) {
    throw ConfigError(file_variable(setting.name).append(": ").append(fault.what()));
  }
}

[[noreturn]] void throw_missing(const Setting& setting) {
  std::string text(setting.name);
  text.append(" is required: ").append(setting.help);
  if (is_secret(setting.kind)) text.append("; or the path of a file with it in ").append(file_variable(setting.name));
  throw ConfigError(text);
}

const Setting* find_setting(std::string_view name) {
  for (const auto& setting : setting_catalogue()) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

/// The value of a setting that is not set and has no default.
SettingValue unset_value(SettingKind kind) {
  if (kind == SettingKind::integer) return std::int64_t{0};
  if (kind == SettingKind::duration) return std::chrono::milliseconds{0};
  if (kind == SettingKind::durations) return std::vector<std::chrono::milliseconds>{};
  if (kind == SettingKind::address) return Address{};
  if (kind == SettingKind::secrets || kind == SettingKind::named_secrets || kind == SettingKind::origins ||
      kind == SettingKind::routing_keys || kind == SettingKind::names || kind == SettingKind::workflows)
    return std::vector<std::string>{};
  return std::string{};
}

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || std::ranges::count(kVariablesOfSystemd, text.substr(0, equals)) > 0)
      continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

bool is_secret(SettingKind kind) {
  return kind == SettingKind::url || kind == SettingKind::secrets || kind == SettingKind::named_secrets;
}

std::string file_variable(std::string_view name) { return std::string(name).append("_FILE"); }

bool is_setting_variable(std::string_view variable) {
  return std::ranges::any_of(setting_catalogue(), [variable](const Setting& setting) {
    return setting.name == variable || (is_secret(setting.kind) && file_variable(setting.name) == variable);
  });
}

Config::Config(Program program, const Environment& environment) {
  refuse_unknown(environment);
  for (const auto& setting : setting_catalogue()) {
    if ((setting.programs & program) == 0) continue;
    if (auto path = given_file(setting, environment); !path.empty()) {
      values_.emplace(setting.name, read_from_file(setting, path));
      files_.emplace(setting.name, std::move(path));
      continue;
    }
    const auto given = given_value(setting, environment);
    if (!given && (setting.required & program) != 0) throw_missing(setting);
    if (!given) continue;
    try {
      values_.emplace(setting.name, read_setting(setting, *given));
    } catch (const std::invalid_argument& fault) {
      throw ConfigError(std::string(setting.name) + " " + fault.what());
    }
  }
}

bool Config::has(std::string_view name) const { return values_.contains(name); }

template <class T>
const T& Config::get(std::string_view name) const {
  const auto* const setting = find_setting(name);
  if (setting == nullptr) throw std::logic_error("setting " + std::string(name) + " is not in the catalogue");
  const auto found = values_.find(name);
  if (found != values_.end()) {
    if (const auto* value = std::get_if<T>(&found->second)) return *value;
  } else if (std::holds_alternative<T>(unset_value(setting->kind))) {
    static const T unset{};
    return unset;
  }
  throw std::logic_error("setting " + std::string(name) + " has another kind");
}

const std::string& Config::text(std::string_view name) const { return get<std::string>(name); }
std::int64_t Config::integer(std::string_view name) const { return get<std::int64_t>(name); }
std::chrono::milliseconds Config::duration(std::string_view name) const { return get<std::chrono::milliseconds>(name); }
const std::vector<std::chrono::milliseconds>& Config::durations(std::string_view name) const {
  return get<std::vector<std::chrono::milliseconds>>(name);
}
const Address& Config::address(std::string_view name) const { return get<Address>(name); }
const std::vector<std::string>& Config::secrets(std::string_view name) const {
  return get<std::vector<std::string>>(name);
}
std::vector<std::string> Config::secrets_now(std::string_view name) const {
  const auto file = files_.find(name);
  if (file == files_.end()) return secrets(name);
  return std::get<std::vector<std::string>>(read_from_file(*find_setting(name), file->second));
}
const std::vector<std::string>& Config::list(std::string_view name) const {
  return get<std::vector<std::string>>(name);
}
const std::vector<std::string>& Config::origins(std::string_view name) const {
  return get<std::vector<std::string>>(name);
}

}  // namespace esteira::runtime
