#include "runtime/logging/line.hpp"

#include <fmt/compile.h>

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include "runtime/text/hex.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::runtime::log {

namespace {

// In the readable form: behind the time and the longest level.
constexpr std::size_t kTextColumn = 34;

void append_escaped_byte(std::string& out, unsigned char byte) {
  if (byte == '\n') {
    out += "\\n";
  } else if (byte == '\t') {
    out += "\\t";
  } else {
    out += "\\u00" + to_hex(&byte, 1);
  }
}

/// `text` with all control characters, quotes and backslashes escaped as JSON has them.
void append_valid(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
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
  if (is_plain(text)) {
    out += text;
  } else if (is_utf8(text)) {
    append_valid(out, text);
  } else {
    append_valid(out, clean_utf8(text));
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_text(out, text);
  out += '"';
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  out += ',';
  append_json_string(out, key);
  out += ':';
  append_json_string(out, text);
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

void append_value(std::string& out, const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_json_string(out, *text);
  } else if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
    append_number(out, *whole);
  } else if (const auto* truth = std::get_if<bool>(&field.value)) {
    out += *truth ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&field.value)) {
    if (std::isfinite(*number)) return append_number(out, *number);
    out += "null";
  }
}

void append_time(std::string& out, std::chrono::system_clock::time_point at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::microseconds>(at - day));
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z"),
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                 time.hours().count(), time.minutes().count(), time.seconds().count(), time.subseconds().count());
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
  append_time(out, line.at);
  out += '"';
  append_member(out, "level", level_name(line.level));
  append_member(out, "msg", line.text);
  if (!line.service.empty()) append_member(out, "service", line.service);
  if (!line.stage.empty()) append_member(out, "stage", line.stage);
  for (std::size_t i = 0; i < line.count; ++i) {
    out += ',';
    append_json_string(out, line.fields[i].key);
    out += ':';
    append_value(out, line.fields[i]);
  }
  out += '}';
  return out;
}

std::string readable_line(const Line& line) {
  std::string out;
  append_time(out, line.at);
  out.append(" ").append(level_name(line.level));
  out.resize(kTextColumn, ' ');
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
