#pragma once
#include <chrono>
#include <cstdint>
#include <esteira/settings.hpp>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Parses the values of settings as the environment spells them. The host, the test harness and the compile-time checks
/// all use these functions. An empty result means that the text is invalid.
namespace esteira {

/// "8", "-3". Must fit into 64 bits.
constexpr std::optional<std::int64_t> read_integer(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    if (value > (std::numeric_limits<std::int64_t>::max() - (digit - '0')) / 10) return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  return negative ? -value : value;
}

/// "250ms", "2s", "5m", "1h". Never negative.
constexpr std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789");
  if (end == std::string_view::npos) return std::nullopt;
  const auto number = read_integer(text.substr(0, end));
  const auto unit = text.substr(end);
  const std::int64_t scale = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : 0;
  if (!number || scale == 0 || *number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return std::chrono::milliseconds(*number * scale);
}

/// "true" or "false".
constexpr std::optional<bool> read_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

/// "a, b,c". Blanks around the elements are removed. Empty text is a list without elements. An empty element is
/// invalid.
inline std::optional<std::vector<std::string>> read_list(std::string_view text) {
  std::vector<std::string> elements;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto element = text.substr(0, comma);
    const auto first = element.find_first_not_of(' ');
    if (first == std::string_view::npos) return std::nullopt;
    elements.emplace_back(element.substr(first, element.find_last_not_of(' ') - first + 1));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return std::nullopt;
  }
  return elements;
}

/// True when `text` is valid for this type. The elements of a list are not checked.
constexpr bool fits_setting(SettingType type, std::string_view text) {
  switch (type) {
    case SettingType::integer:
      return read_integer(text).has_value();
    case SettingType::boolean:
      return read_boolean(text).has_value();
    case SettingType::duration:
      return read_duration(text).has_value();
    case SettingType::text:
    case SettingType::list:
      return true;
  }
  return false;
}

/// Describes the form of a value, for error messages.
constexpr std::string_view setting_form(SettingType type) {
  switch (type) {
    case SettingType::text:
      return "text";
    case SettingType::integer:
      return "a whole number like 8";
    case SettingType::boolean:
      return "true or false";
    case SettingType::duration:
      return "a duration like 250ms, 2s, 5m or 1h";
    case SettingType::list:
      return "a list like a,b,c";
  }
  return "of a known type";
}

/// Parses `text` as a value of this type; empty when it is invalid.
inline std::optional<Settings::Value> read_setting(SettingType type, std::string_view text) {
  const auto value = [](auto read) { return read ? std::optional<Settings::Value>(*std::move(read)) : std::nullopt; };
  switch (type) {
    case SettingType::text:
      return Settings::Value(std::string(text));
    case SettingType::integer:
      return value(read_integer(text));
    case SettingType::boolean:
      return value(read_boolean(text));
    case SettingType::duration:
      return value(read_duration(text));
    case SettingType::list:
      return value(read_list(text));
  }
  return std::nullopt;
}

}  // namespace esteira
