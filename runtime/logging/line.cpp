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

using Buffer = spdlog::memory_buf_t;

// The readable form: time and level take the columns before this one.
constexpr std::size_t kTextColumn = 34;

void append(Buffer& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }

void append_escaped_byte(Buffer& out, unsigned char byte) {
  if (byte == '\n') {
    append(out, "\\n");
  } else if (byte == '\t') {
    append(out, "\\t");
  } else {
    append(out, "\\u00");
    append(out, to_hex(&byte, 1));
  }
}

/// Appends `text`, which is UTF-8, with control characters, quotes and backslashes escaped for JSON.
void append_escaped(Buffer& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto second = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == 0xc2 && second < 0xa0 && second >= 0x80) {  // terminals obey U+0080 to U+009F too
      append_escaped_byte(out, static_cast<unsigned char>(second));
      ++i;
    } else if (byte < 0x20 || byte == 0x7f) {
      append_escaped_byte(out, byte);
    } else {
      if (byte == '"' || byte == '\\') out.push_back('\\');
      out.push_back(text[i]);
    }
  }
}

void append_text(Buffer& out, std::string_view text) {
  if (is_plain(text)) {
    append(out, text);
  } else if (is_utf8(text)) {
    append_escaped(out, text);
  } else {
    append_escaped(out, clean_utf8(text));
  }
}

void append_string(Buffer& out, std::string_view text) {
  out.push_back('"');
  append_text(out, text);
  out.push_back('"');
}

template <class Number>
void append_number(Buffer& out, Number number) {
  std::array<char, 32> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

void append_value(Buffer& out, const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_string(out, *text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    append_number(out, *integer);
  } else if (const auto* boolean = std::get_if<bool>(&field.value)) {
    append(out, *boolean ? "true" : "false");
  } else if (const auto* number = std::get_if<double>(&field.value)) {
    if (std::isfinite(*number)) return append_number(out, *number);
    append(out, "null");
  }
}

void append_time(Buffer& out, std::chrono::system_clock::time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::microseconds>(time - day));
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z"),
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                 clock.hours().count(), clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

}  // namespace

void append_json(Buffer& out, const Line& line) {
  append(out, "{\"ts\":\"");
  append_time(out, line.time);
  append(out, "\",\"level\":");
  append_string(out, line.level);
  append(out, ",\"msg\":");
  append_string(out, line.text);
  if (!line.service.empty()) {
    append(out, ",\"service\":");
    append_string(out, line.service);
  }
  if (!line.stage.empty()) {
    append(out, ",\"stage\":");
    append_string(out, line.stage);
  }
  for (std::size_t i = 0; i < line.count; ++i) {
    out.push_back(',');
    append_string(out, line.fields[i].key);
    out.push_back(':');
    append_value(out, line.fields[i]);
  }
  out.push_back('}');
}

void append_readable(Buffer& out, const Line& line) {
  const auto start = out.size();
  append_time(out, line.time);
  out.push_back(' ');
  append(out, line.level);
  while (out.size() < start + kTextColumn) out.push_back(' ');
  if (!line.stage.empty()) {
    append_text(out, line.stage);
    append(out, ": ");
  }
  append_text(out, line.text);
  for (std::size_t i = 0; i < line.count; ++i) {
    out.push_back(' ');
    append_text(out, line.fields[i].key);
    out.push_back('=');
    append_value(out, line.fields[i]);
  }
}

}  // namespace esteira::runtime::log
