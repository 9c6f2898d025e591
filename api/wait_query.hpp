#pragma once
#include <chrono>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/http/message.hpp"

namespace esteira::api {

/// Shorter than the server's response timeout, so that the order can still be read when the wait is over.
inline constexpr std::chrono::milliseconds kMaxWait{20'000};

/// How long GET /orders/{id} waits for a change: the parameter `wait` of its query, "500ms", "20s"; zero without it. A
/// violation when it is no duration, longer than kMaxWait, or there twice. Other parameters are ignored.
std::variant<std::chrono::milliseconds, std::vector<runtime::http::Violation>> parse_wait(std::string_view query);

}  // namespace esteira::api
