#include <algorithm>
#include <esteira/names.hpp>
#include <esteira/setting_value.hpp>
#include <string>

#include "runtime/config/config.hpp"
#include "runtime/config/read_setting.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/utf8.hpp"
#include "tests/fuzz/targets.hpp"

namespace esteira::fuzz {
namespace {

using runtime::Address;
using runtime::Setting;
using runtime::SettingKind;
using std::chrono::milliseconds;

/// Neither spaces nor control characters.
bool is_solid(std::string_view text) { return !runtime::has_control(text) && text.find(' ') == std::string_view::npos; }

void check_address(const Address& address) {
  require(!address.host.empty() && is_solid(address.host), "a host has no spaces or control characters");
  const bool v6 = address.host.find(':') != std::string::npos;
  const auto written = (v6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
  require(Address::parse(written) == address, "a written address can be parsed");
}

void check_within(const Setting& setting, std::int64_t number) {
  require(number >= setting.min && number <= setting.max, "a number is within its limits");
}

void check_value(const Setting& setting, const runtime::SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    require(runtime::is_utf8(*text) && text->find('\n') == std::string::npos, "text is one line of UTF-8");
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    check_within(setting, *number);
  } else if (const auto* duration = std::get_if<milliseconds>(&value)) {
    check_within(setting, duration->count());
  } else if (const auto* durations = std::get_if<std::vector<milliseconds>>(&value)) {
    for (const auto each : *durations) check_within(setting, each.count());
  } else if (const auto* address = std::get_if<Address>(&value)) {
    check_address(*address);
  } else {
    for (const auto& secret : std::get<std::vector<std::string>>(value)) {
      require(!secret.empty() && runtime::is_visible_ascii(secret), "a token is visible ASCII");
    }
  }
}

bool is_valid(const Setting& setting, std::string_view text) {
  try {
    check_value(setting, runtime::read_setting(setting, text));
    return true;
  } catch (const std::invalid_argument& error) {
    require_safe_error(error.what());
    return false;
  }
}

/// The SDK checks the same names at compile time.
void check_names(const Setting& setting, std::string_view text) {
  if (setting.kind == SettingKind::name)
    require(is_valid(setting, text) == names::is_name(text), "program and SDK accept the same names");
  if (setting.kind == SettingKind::routing_key) {
    require(is_valid(setting, text) == names::is_routing_key(text), "program and SDK accept the same routing keys");
  }
}

/// The SDK parses durations of plugin settings. What both parsers accept means the same to both.
void check_durations(std::string_view text) {
  const auto of_plugin = esteira::read_duration(text);
  require(!of_plugin || of_plugin->count() >= 0, "a duration is not negative");
  try {
    const auto ours = runtime::parse_duration(text);
    require(ours.count() >= 0, "a duration is not negative");
    require(!of_plugin || *of_plugin == ours, "program and SDK read the same duration");
  } catch (const std::invalid_argument& error) {
    require_safe_error(error.what());
  }
}

void check_lists(std::string_view text) {
  std::string joined;
  const auto parts = runtime::split_list(text);
  for (const auto& part : parts) joined += (&part == &parts.front() ? "" : ",") + part;
  require(runtime::split_list(joined) == parts || (parts.size() == 1 && joined.empty()), "splitting undoes joining");
  for (const auto type : {SettingType::text, SettingType::integer, SettingType::boolean, SettingType::duration}) {
    require(esteira::read_setting(type, text).has_value() == esteira::fits_setting(type, text),
            "a valid default can be read");
  }
  static_cast<void>(esteira::read_setting(SettingType::list, text));
}

void check_one(std::string_view name, std::string_view text) {
  for (const auto& setting : runtime::setting_catalogue()) {
    if (setting.name != name) continue;
    static_cast<void>(is_valid(setting, text));
    check_names(setting, text);
  }
  check_durations(text);
  check_lists(text);
}

void check_all(const runtime::Environment& environment) {
  for (const auto program : {runtime::kApi, runtime::kHost, runtime::kCli}) {
    try {
      const runtime::Config config(program, environment);
      static_cast<void>(config.text("ESTEIRA_LOG_LEVEL"));
    } catch (const runtime::ConfigError& error) {
      require_safe_error(error.what());
    }
  }
}

}  // namespace

void settings(std::string_view input) {
  runtime::Environment environment;
  while (!input.empty()) {
    const auto line = input.substr(0, input.find('\n'));
    const auto equals = std::min(line.find('='), line.size());
    const auto name = line.substr(0, equals);
    const auto value = line.substr(std::min(equals + 1, line.size()));
    check_one(name, value);
    // An error shows the name of a setting: a name is no place for a password.
    // A fuzzed path could be that of any file of this machine.
    const bool may_read = name.ends_with("_FILE");
    if (!may_read && name.find(kSecret) == std::string_view::npos) environment.emplace(name, value);
    input.remove_prefix(std::min(line.size() + 1, input.size()));
  }
  check_all(environment);
}

}  // namespace esteira::fuzz
