#pragma once
#include <cstdint>
#include <esteira/context.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

/// One log line is one JSON object on stderr: ts, level, msg, service, stage, then the fields given. A readable form
/// when stderr is a terminal. Text is escaped and invalid UTF-8 replaced here, so callers pass what they have.
/// Every function is thread-safe. A line is written whole and at once, but for a LogBatch.
namespace esteira::runtime::log {

using Level = esteira::LogLevel;

/// A field of a line. Text is copied before the call returns.
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
  std::string stage;            ///< empty when there is none
  std::string level = "info";   ///< debug, info, warn, error
  std::string format = "auto";  ///< json, text, auto: text when stderr is a terminal
};

/// Before the first thread; lines before it are JSON at level info without a service.
void configure(const Options& options);

[[nodiscard]] bool enabled(Level level);
void write(Level level, std::string_view text, Fields fields = {});
/// As above for fields made at run time.
void write(Level level, std::string_view text, const Field* fields, std::size_t count);

/// While one lives, the lines of its thread at info and below are kept and go out together: when it ends, with the next
/// warning or error, or when there are 4 KiB of them. Lines stay whole and in order. A crash loses what is kept, so
/// this is for lines that only repeat what is safe elsewhere, and for a few moments. For one thread, on its stack.
class LogBatch {
 public:
  LogBatch();
  ~LogBatch();
  LogBatch(const LogBatch&) = delete;
  LogBatch& operator=(const LogBatch&) = delete;

 private:
  friend void write(Level level, std::string_view text, const Field* fields, std::size_t count);
  void add(std::string_view line);
  void flush();

  std::string lines_;
  LogBatch* const outer_;
};

inline void debug(std::string_view text, Fields fields = {}) { write(Level::debug, text, fields); }
inline void info(std::string_view text, Fields fields = {}) { write(Level::info, text, fields); }
inline void warn(std::string_view text, Fields fields = {}) { write(Level::warn, text, fields); }
inline void error(std::string_view text, Fields fields = {}) { write(Level::error, text, fields); }

}  // namespace esteira::runtime::log
