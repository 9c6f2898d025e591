#include <array>
#include <charconv>
#include <limits>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

/// 0 for an unknown unit.
std::int64_t unit_milliseconds(std::string_view name) {
  for (const auto& unit : kUnits) {
    if (unit.name == name) return unit.milliseconds;
  }
  return 0;
}

}  // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
  std::int64_t amount = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, amount);
  const auto unit = unit_milliseconds({rest, static_cast<std::size_t>(end - rest)});
  if (error != std::errc{} || amount < 0 || unit == 0) {
    throw std::invalid_argument("should be a duration such as 250ms, 2s, 5m, 1h or 1d");
  }
  if (amount > std::numeric_limits<std::int64_t>::max() / 1'000'000 / unit) {
    throw std::invalid_argument("is too long a duration");
  }
  return std::chrono::milliseconds(amount * unit);
}

std::string format_duration(std::chrono::milliseconds duration) {
  for (const auto& unit : kUnits) {
    if (duration.count() >= unit.milliseconds && duration.count() % unit.milliseconds == 0) {
      return std::to_string(duration.count() / unit.milliseconds).append(unit.name);
    }
  }
  return "0s";
}

}  // namespace esteira::runtime
