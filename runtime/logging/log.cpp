#include "runtime/logging/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <utility>

#include "runtime/logging/line.hpp"

namespace esteira::runtime::log {

namespace {

// So much of whole lines goes through a pipe in one piece, whoever else writes to it (PIPE_BUF, pipe(7)).
constexpr std::size_t kMaxAtOnce = 4096;

struct LogState {
  std::atomic<int> least{static_cast<int>(Level::info)};
  bool readable = false;
  std::string service;
  std::string stage;
  spdlog::logger logger{"esteira", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  LogState() {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);  // the level was asked before
  }
};

/// Never destroyed: a thread may log while the program ends.
LogState& log_state() {
  static auto* const state = new LogState;
  return *state;
}

/// The burst that this thread is in.
thread_local LogBatch* current_burst = nullptr;

Level level_named(std::string_view name) {
  for (const auto level : {Level::debug, Level::info, Level::warn}) {
    if (name == level_name(level)) return level;
  }
  return Level::error;
}

/// One write for all of it. The last line's end comes from the sink.
void write_out(std::string_view lines) {
  lines.remove_suffix(1);
  log_state().logger.log(spdlog::level::info, spdlog::string_view_t(lines.data(), lines.size()));
}

}  // namespace

void configure(const Options& options) {
  auto& state = log_state();
  state.least = static_cast<int>(level_named(options.level));
  state.readable = options.format == "text" || (options.format == "auto" && isatty(STDERR_FILENO) == 1);
  state.service = options.service;
  state.stage = options.stage;
}

bool enabled(Level level) { return static_cast<int>(level) >= log_state().least.load(std::memory_order_relaxed); }

void write(Level level, std::string_view text, const Field* fields, std::size_t count) {
  if (!enabled(level)) return;
  const auto& state = log_state();
  const Line line{std::chrono::system_clock::now(), level, text, state.service, state.stage, fields, count};
  auto whole = state.readable ? readable_line(line) : json_line(line);
  whole += '\n';
  if (current_burst == nullptr) return write_out(whole);
  current_burst->add(whole);
  if (level >= Level::warn) current_burst->flush();
}

void write(Level level, std::string_view text, Fields fields) { write(level, text, fields.begin(), fields.size()); }

LogBatch::LogBatch() : outer_(std::exchange(current_burst, this)) {}

LogBatch::~LogBatch() {
  flush();
  current_burst = outer_;
}

void LogBatch::add(std::string_view line) {
  if (lines_.size() + line.size() > kMaxAtOnce) flush();
  lines_ += line;
}

void LogBatch::flush() {
  if (!lines_.empty()) write_out(lines_);
  lines_.clear();
}

}  // namespace esteira::runtime::log
