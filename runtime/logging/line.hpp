#pragma once
#include <spdlog/common.h>

#include <chrono>
#include <cstddef>
#include <string_view>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::log {

/// What a log line is made of. It refers to text that its maker owns.
struct Line {
  std::chrono::system_clock::time_point time;
  std::string_view level;  ///< debug, info, warn, error
  std::string_view text;
  std::string_view service;  ///< left out when empty
  std::string_view stage;    ///< left out when empty
  const Field* fields = nullptr;
  std::size_t count = 0;
};

/// Appends `line` as one JSON object without a newline. Control characters are escaped; bytes that are not UTF-8 are
/// replaced.
void append_json(spdlog::memory_buf_t& out, const Line& line);
/// Appends `line` in a form for people, without a newline. Control characters are escaped here too, so that a text
/// cannot send escape sequences to a terminal.
void append_readable(spdlog::memory_buf_t& out, const Line& line);

}  // namespace esteira::runtime::log
