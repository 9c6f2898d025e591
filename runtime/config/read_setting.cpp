#include "runtime/config/read_setting.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/text/utf8.hpp"

namespace esteira::runtime {

namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string read_text(std::string_view text) {
  if (!is_utf8(text) || has_control_character(text)) {
    throw std::invalid_argument("should be UTF-8 text without control characters");
  }
  return std::string(text);
}

std::string read_name(std::string_view text) {
  const auto allowed = [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; };
  const bool starts_well = !text.empty() && text[0] >= 'a' && text[0] <= 'z';
  if (!starts_well || text.size() > 40 || !std::all_of(text.begin(), text.end(), allowed)) {
    throw std::invalid_argument("should be a name: a lower-case letter, then [a-z0-9_-], at most 40 characters");
  }
  return std::string(text);
}

std::string read_routing_key(std::string_view text) {
  const auto allowed = [](char c) { return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-'; };
  if (text.empty() || text.size() > 200 || !std::all_of(text.begin(), text.end(), allowed)) {
    throw std::invalid_argument("should be a routing key: [a-z0-9._-], at most 200 characters");
  }
  return std::string(text);
}

std::int64_t read_integer(const Setting& setting, std::string_view text) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number < setting.min || number > setting.max) {
    throw std::invalid_argument("should be a whole number from " + std::to_string(setting.min) + " to " +
                                std::to_string(setting.max));
  }
  return number;
}

std::chrono::milliseconds read_duration(const Setting& setting, std::string_view text) {
  const auto duration = parse_duration(text);
  if (duration.count() < setting.min || duration.count() > setting.max) {
    throw std::invalid_argument("should be a duration from " + std::to_string(setting.min) + "ms to " +
                                std::to_string(setting.max) + "ms");
  }
  return duration;
}

std::vector<std::chrono::milliseconds> read_durations(const Setting& setting, std::string_view text) {
  std::vector<std::chrono::milliseconds> durations;
  if (text == "none") return durations;
  for (const auto& part : split_list(text)) durations.push_back(read_duration(setting, part));
  if (durations.size() > 32) throw std::invalid_argument("should be a list of at most 32 durations");
  return durations;
}

std::string read_choice(const Setting& setting, std::string_view text) {
  for (auto rest = setting.choices; !rest.empty();) {
    const auto bar = std::min(rest.find('|'), rest.size());
    if (rest.substr(0, bar) == text) return std::string(text);
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
  throw std::invalid_argument("should be one of " + std::string(setting.choices));
}

std::vector<std::string> read_secrets(std::string_view text) {
  auto secrets = split_list(text);
  const auto fits = [](const std::string& secret) {
    return !secret.empty() && std::all_of(secret.begin(), secret.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  };
  if (secrets.empty() || !std::all_of(secrets.begin(), secrets.end(), fits)) {
    throw std::invalid_argument("should be a list of tokens of visible ASCII characters, separated by commas");
  }
  return secrets;
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto part = text.substr(0, comma);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    parts.emplace_back(part);
    if (comma + 1 == text.size()) parts.emplace_back();  // a comma at the end is followed by nothing, which is a part
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

SettingValue read_setting(const Setting& setting, std::string_view text) {
  switch (setting.kind) {
    case SettingKind::text:
    case SettingKind::url:
      return read_text(text);
    case SettingKind::name:
      return read_name(text);
    case SettingKind::routing_key:
      return read_routing_key(text);
    case SettingKind::integer:
      return read_integer(setting, text);
    case SettingKind::duration:
      return read_duration(setting, text);
    case SettingKind::durations:
      return read_durations(setting, text);
    case SettingKind::address:
      return Address::parse(text);
    case SettingKind::choice:
      return read_choice(setting, text);
    case SettingKind::secrets:
      return read_secrets(text);
  }
  throw std::logic_error("unknown kind of setting");
}

}  // namespace esteira::runtime
