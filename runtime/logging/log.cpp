#include "runtime/logging/log.hpp"

#include <spdlog/logger.h>
#include <unistd.h>

#include <memory>

#include "runtime/logging/library_text.hpp"
#include "runtime/logging/line_formatter.hpp"
#include "runtime/logging/stderr_sink.hpp"
#include "runtime/logging/stderr_writer.hpp"

namespace esteira::runtime::log {

namespace {

bool writes_json = true;  // set by `configure`, before there are threads

std::unique_ptr<spdlog::logger> make_logger() {
  auto made = std::make_unique<spdlog::logger>("esteira", std::make_shared<StderrSink>());
  made->set_formatter(std::make_unique<LineFormatter>(LineFormatter::Form::json, "", ""));
  made->flush_on(spdlog::level::warn);
  return made;
}

/// Never destroyed: a thread may log while the program ends.
spdlog::logger& logger() {
  static auto* const only = make_logger().release();
  return *only;
}

/// The levels of both have the same order; spdlog has `trace` before them.
constexpr spdlog::level::level_enum spdlog_level(Level level) {
  return static_cast<spdlog::level::level_enum>(static_cast<int>(level) + spdlog::level::debug);
}
static_assert(spdlog_level(Level::debug) == spdlog::level::debug && spdlog_level(Level::info) == spdlog::level::info);
static_assert(spdlog_level(Level::warn) == spdlog::level::warn && spdlog_level(Level::error) == spdlog::level::err);

}  // namespace

void configure(const Options& options) {
  const bool readable = options.format == "text" || (options.format == "auto" && isatty(STDERR_FILENO) == 1);
  const auto form = readable ? LineFormatter::Form::readable : LineFormatter::Form::json;
  logger().set_formatter(std::make_unique<LineFormatter>(form, options.service, options.stage));
  logger().set_level(spdlog::level::from_str(options.level));
  writes_json = !readable;
}

void capture_library_text() {
  if (!writes_json) return;
  static const auto* const kept = new LibraryText;  // a library may write while the program ends
  static_cast<void>(kept);
}

bool enabled(Level level) { return logger().should_log(spdlog_level(level)); }

void write(Level level, std::string_view text, const Field* fields, std::size_t count) {
  if (!enabled(level)) return;
  const LineFields of_this_line(fields, count);
  logger().log(spdlog_level(level), spdlog::string_view_t(text.data(), text.size()));
}

void print(std::string_view line) { StderrWriter::instance().write(std::string(line).append("\n")); }

void flush(std::chrono::milliseconds timeout) { StderrWriter::instance().flush(timeout); }

std::uint64_t dropped_lines() { return StderrWriter::instance().dropped(); }

void write(Level level, std::string_view text, Fields fields) { write(level, text, fields.begin(), fields.size()); }

}  // namespace esteira::runtime::log
