#include "runtime/logging/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "runtime/logging/line.hpp"

namespace esteira::runtime::log {

namespace {

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

Level level_named(std::string_view name) {
  for (const auto level : {Level::debug, Level::info, Level::warn}) {
    if (name == level_name(level)) return level;
  }
  return Level::error;
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
  auto& state = log_state();
  const Line line{std::chrono::system_clock::now(), level, text, state.service, state.stage, fields, count};
  const auto whole = state.readable ? readable_line(line) : json_line(line);
  state.logger.log(spdlog::level::info, spdlog::string_view_t(whole.data(), whole.size()));
}

void write(Level level, std::string_view text, Fields fields) { write(level, text, fields.begin(), fields.size()); }

}  // namespace esteira::runtime::log
