#pragma once
#include <chrono>
#include <cstdint>
#include <esteira/context.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

/// Structured logging through spdlog. A log line is one JSON object on stderr: ts, level, msg, service, stage, then the
/// fields. On a terminal it has a form for people. Text is escaped and invalid UTF-8 is replaced, so callers pass any
/// bytes. All functions are thread-safe, except `configure`. A line is written whole and before the call returns,
/// unless the thread has a ScopedLogBatch or stderr takes no more: no call waits for the reader of stderr. Up to a
/// megabyte of lines then waits for it, and more are dropped and counted.
namespace esteira::runtime::log {

using Level = esteira::LogLevel;

/// A field of a log line. It refers to its text; logging copies the text before it returns.
struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <class Integer>
  requires std::is_integral_v<Integer> Field(std::string_view k, Integer v)
      : key(k), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

struct Options {
  std::string service;          ///< esteira-api, esteira-host, esteira
  std::string stage;            ///< left out when empty
  std::string level = "info";   ///< debug, info, warn, error
  std::string format = "auto";  ///< json, text; auto: text when stderr is a terminal, else json
};

/// Sets level, form and the service's name. Call it before the first thread starts. Until then lines are JSON, from
/// level info, without a service.
void configure(const Options& options);

/// When lines are JSON, makes log lines of what libraries write to stderr, for the rest of the process (LibraryText).
/// Call it after `configure`, before the first thread starts.
void capture_library_text();

/// Whether lines of this level are written. It costs a few nanoseconds: ask it before collecting costly fields.
[[nodiscard]] bool enabled(Level level);
void write(Level level, std::string_view text, Fields fields = {});
/// The same for a number of fields that is known at run time only.
void write(Level level, std::string_view text, const Field* fields, std::size_t count);

/// Writes a line as it is, for an error that ends the program.
void print(std::string_view line);
/// Waits for lines that stderr has not taken yet, at most for `timeout`. Call it when the program ends.
void flush(std::chrono::milliseconds timeout = std::chrono::milliseconds(500));
/// The number of lines that were dropped because stderr did not take them.
[[nodiscard]] std::uint64_t dropped_lines();

inline void debug(std::string_view text, Fields fields = {}) { write(Level::debug, text, fields); }
inline void info(std::string_view text, Fields fields = {}) { write(Level::info, text, fields); }
inline void warn(std::string_view text, Fields fields = {}) { write(Level::warn, text, fields); }
inline void error(std::string_view text, Fields fields = {}) { write(Level::error, text, fields); }

}  // namespace esteira::runtime::log
