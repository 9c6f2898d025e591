#include "runtime/config/read_setting.hpp"

#include <algorithm>
#include <esteira/names.hpp>

#include "runtime/config/secret_file.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/parse_integer.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::runtime {

namespace {

std::string read_text(std::string_view text) {
  if (!is_utf8(text) || has_control(text)) {
    throw std::invalid_argument("should be UTF-8 text without control characters");
  }
  return std::string(text);
}

std::string read_name(std::string_view text) {
  if (!names::is_name(text)) {
    throw std::invalid_argument("should be a name: a lower-case letter, then [a-z0-9_-], at most 40 characters");
  }
  return std::string(text);
}

std::string read_routing_key(std::string_view text) {
  if (!names::is_routing_key(text)) {
    throw std::invalid_argument("should be a routing key: [a-z0-9._-], at most 200 characters");
  }
  return std::string(text);
}

std::int64_t read_integer(const Setting& setting, std::string_view text) {
  const auto number = parse_integer<std::int64_t>(text);
  if (!number || *number < setting.min || *number > setting.max) {
    throw std::invalid_argument("should be a whole number from " + std::to_string(setting.min) + " to " +
                                std::to_string(setting.max));
  }
  return *number;
}

std::chrono::milliseconds read_duration(const Setting& setting, std::string_view text) {
  const auto duration = parse_duration(text);
  const std::chrono::milliseconds min(setting.min);
  const std::chrono::milliseconds max(setting.max);
  if (duration < min || duration > max) {
    throw std::invalid_argument("should be a duration from " + format_duration(min) + " to " + format_duration(max));
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
  const auto fits = [](const std::string& secret) { return !secret.empty() && is_visible_ascii(secret); };
  if (secrets.empty() || !std::all_of(secrets.begin(), secrets.end(), fits)) {
    throw std::invalid_argument("should be tokens of visible ASCII characters, separated by commas");
  }
  return secrets;
}

bool is_named_secret(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon + 1 < text.size() && names::is_name(text.substr(0, colon)) &&
         is_visible_ascii(text);
}

std::vector<std::string> read_named_secrets(std::string_view text) {
  auto secrets = split_list(text);
  if (secrets.empty() || !std::all_of(secrets.begin(), secrets.end(), is_named_secret)) {
    throw std::invalid_argument(
        "should be client:token pairs, separated by commas; a client is a lower-case letter, then [a-z0-9_-], at most "
        "40 "
        "characters, a token is visible ASCII");
  }
  return secrets;
}

/// Only whether there is a certificate: who connects reads the file, and again at each connection.
std::string read_certificates(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::size_t kMaxSize = std::size_t{4} * 1024 * 1024;
  auto path = read_text(text);
  std::string content;
  try {
    content = read_regular_file(path, kMaxSize);
  } catch (const std::invalid_argument& fault) {
    throw std::invalid_argument(std::string("names a file that cannot be used: ").append(fault.what()));
  }
  if (content.find(kBegin) == std::string::npos)
    throw std::invalid_argument("names a file without a certificate; it should contain certificates in PEM");
  return path;
}

/// Whether the origin names the port that a browser leaves out.
bool has_default_port(std::string_view origin) {
  return (origin.starts_with("https://") && origin.ends_with(":443")) ||
         (origin.starts_with("http://") && origin.ends_with(":80"));
}

/// Whether `text` is scheme://host or scheme://host:port as a browser writes it: in lower case, without a path and
/// without the default port.
bool is_origin(std::string_view text) {
  const auto mark = text.find("://");
  if (mark == std::string_view::npos || mark == 0) return false;
  const auto host = text.substr(mark + 3);
  const bool lower = std::none_of(text.begin(), text.end(), [](char c) { return c != ascii_lower(c); });
  return !host.empty() && lower && !has_default_port(text) && is_visible_ascii(text) &&
         host.find_first_of("/?#@*") == std::string_view::npos;
}

std::vector<std::string> read_origins(std::string_view text) {
  auto origins = split_list(text);
  const bool all = origins == std::vector<std::string>{"*"};
  if (!all && (origins.empty() || !std::all_of(origins.begin(), origins.end(), is_origin))) {
    throw std::invalid_argument(
        "should be origins such as https://shop.example or http://localhost:3000 (lower case, no path, no default "
        "port), separated by commas, or *");
  }
  return origins;
}

bool has_duplicate(const std::vector<std::string>& texts) {
  for (auto text = texts.begin(); text != texts.end(); ++text) {
    if (std::find(texts.begin(), text, *text) != text) return true;
  }
  return false;
}

std::vector<std::string> read_names(std::string_view text) {
  auto names = split_list(text);
  if (names.empty() || names.size() > kMaxWorkflows || !std::ranges::all_of(names, names::is_name)) {
    throw std::invalid_argument("should be 1 to " + std::to_string(kMaxWorkflows) +
                                " names, separated by commas: a lower-case letter, then [a-z0-9_-], at most 40 "
                                "characters each");
  }
  if (has_duplicate(names)) throw std::invalid_argument("should have each name once");
  return names;
}

bool is_workflow(std::string_view text) {
  const auto equals = text.find('=');
  return equals != std::string_view::npos && names::is_name(text.substr(0, equals)) &&
         names::is_routing_key(text.substr(equals + 1));
}

std::vector<std::string> read_workflows(std::string_view text) {
  auto workflows = split_list(text);
  if (workflows.empty() || workflows.size() > kMaxWorkflows || !std::ranges::all_of(workflows, is_workflow)) {
    throw std::invalid_argument("should be 1 to " + std::to_string(kMaxWorkflows) +
                                " workflows with their first event, separated by commas: "
                                "default=order.created,checkout=checkout.created");
  }
  std::vector<std::string> names;
  names.reserve(workflows.size());
  for (const auto& workflow : workflows) names.push_back(workflow.substr(0, workflow.find('=')));
  if (has_duplicate(names)) throw std::invalid_argument("should name each workflow once");
  return workflows;
}

}  // namespace

std::vector<std::string> read_routing_keys(std::string_view text) {
  auto keys = split_list(text);
  if (keys.empty() || keys.size() > kMaxRoutingKeys || !std::ranges::all_of(keys, names::is_routing_key)) {
    throw std::invalid_argument("should be 1 to " + std::to_string(kMaxRoutingKeys) +
                                " routing keys, separated by commas: [a-z0-9._-], at most 200 characters each");
  }
  if (has_duplicate(keys)) throw std::invalid_argument("should name each routing key once");
  return keys;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto part = text.substr(0, comma);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    parts.emplace_back(part);
    if (comma + 1 == text.size()) parts.emplace_back();  // the part after a trailing comma is empty
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
    case SettingKind::routing_keys:
      return read_routing_keys(text);
    case SettingKind::names:
      return read_names(text);
    case SettingKind::workflows:
      return read_workflows(text);
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
    case SettingKind::named_secrets:
      return read_named_secrets(text);
    case SettingKind::certificates:
      return read_certificates(text);
    case SettingKind::origins:
      return read_origins(text);
  }
  throw std::logic_error("unknown kind of setting");
}

}  // namespace esteira::runtime
