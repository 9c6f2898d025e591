#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::log {

/// What a line is made of.
struct Line {
  std::chrono::system_clock::time_point at;
  Level level = Level::info;
  std::string_view text;
  std::string_view service;  ///< empty: left out
  std::string_view stage;    ///< empty: left out
  const Field* fields = nullptr;
  std::size_t count = 0;
};

/// One JSON object, without a newline, whatever bytes the text holds.
std::string json_line(const Line& line);
/// The same for people. A control character is shown escaped, so that a text cannot steer a terminal.
std::string readable_line(const Line& line);

[[nodiscard]] std::string_view level_name(Level level);

}  // namespace esteira::runtime::log
