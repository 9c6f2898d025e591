#pragma once
#include <string_view>

/// The rules for the names in a plugin's descriptor. They are checked when the plugin is compiled, and again when a
/// host loads it.
namespace esteira::names {

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// std::all_of is constexpr only from C++20 on.
template <class Rule>
constexpr bool all_of(std::string_view text, Rule rule) {
  for (const char c : text)
    if (!rule(c)) return false;
  return true;
}

/// The name of a plugin or a stage: [a-z][a-z0-9_-]*, at most 40 characters.
constexpr bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 40 && is_lower(text.front()) &&
         all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; });
}

/// A routing key: [a-z0-9._-]+, at most 200 characters.
constexpr bool is_routing_key(std::string_view text) {
  return !text.empty() && text.size() <= 200 &&
         all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; });
}

/// A status that a stage may set.
constexpr bool is_status(std::string_view text) {
  return text == "processing" || text == "paid" || text == "shipped" || text == "completed";
}

/// The key of a setting, the last part of its environment variable: [A-Z][A-Z0-9_]*, at most 60 characters.
constexpr bool is_setting_key(std::string_view text) {
  return !text.empty() && text.size() <= 60 && is_upper(text.front()) &&
         all_of(text, [](char c) { return is_upper(c) || is_digit(c) || c == '_'; });
}

}  // namespace esteira::names
