#include "runtime/logging/line.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/logging/utf8.hpp"

namespace esteira::runtime::log {

namespace {

void append_escaped_byte(std::string& out, unsigned char byte) {
  if (byte == '\n') {
    out += "\\n";
  } else if (byte == '\t') {
    out += "\\t";
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
  }
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

/// `text` with all control characters, quotes and backslashes escaped as JSON has them.
void append_valid(std::string& out, std::string_view text) {
  const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
  out.append(text, 0, plain);
  for (std::size_t i = plain; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto second = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == 0xc2 && second < 0xa0 && second >= 0x80) {  // U+0080 to U+009F steer terminals too
      append_escaped_byte(out, static_cast<unsigned char>(second));
      ++i;
    } else if (byte < 0x20 || byte == 0x7f) {
      append_escaped_byte(out, byte);
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out += text[i];
    }
  }
}

void append_text(std::string& out, std::string_view text) {
  if (is_utf8(text)) {
    append_valid(out, text);
  } else {
    append_valid(out, clean_utf8(text));
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_text(out, text);
  out += '"';
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  out += ',';
  append_quoted(out, key);
  out += ':';
  append_quoted(out, text);
}

void append_value(std::string& out, const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_quoted(out, *text);
  } else if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
    out += fmt::format_int(*whole).c_str();
  } else if (const auto* truth = std::get_if<bool>(&field.value)) {
    out += *truth ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&field.value)) {
    out += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
  }
}

void append_time(std::string& out, std::chrono::system_clock::time_point at, std::string_view end) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(at - whole).count();
  const auto seconds = std::chrono::system_clock::to_time_t(whole);
  fmt::format_to(std::back_inserter(out), "{:%Y-%m-%dT%H:%M:%S}.{:06}{}", fmt::gmtime(seconds), micros, end);
}

}  // namespace

std::string_view level_name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

std::string json_line(const Line& line) {
  std::string out = "{\"ts\":\"";
  out.reserve(256 + line.text.size());
  append_time(out, line.at, "Z\"");
  append_member(out, "level", level_name(line.level));
  append_member(out, "msg", line.text);
  if (!line.service.empty()) append_member(out, "service", line.service);
  if (!line.stage.empty()) append_member(out, "stage", line.stage);
  for (std::size_t i = 0; i < line.count; ++i) {
    out += ',';
    append_quoted(out, line.fields[i].key);
    out += ':';
    append_value(out, line.fields[i]);
  }
  out += '}';
  return out;
}

std::string readable_line(const Line& line) {
  std::string out;
  append_time(out, line.at, "Z ");
  fmt::format_to(std::back_inserter(out), "{:<5} ", level_name(line.level));
  if (!line.stage.empty()) {
    append_text(out, line.stage);
    out += ": ";
  }
  append_text(out, line.text);
  for (std::size_t i = 0; i < line.count; ++i) {
    out += ' ';
    append_text(out, line.fields[i].key);
    out += '=';
    append_value(out, line.fields[i]);
  }
  return out;
}

}  // namespace esteira::runtime::log
