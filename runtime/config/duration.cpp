#include <charconv>
#include <limits>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

namespace {

std::int64_t unit_milliseconds(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  if (unit == "d") return 86'400'000;
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

}  // namespace esteira::runtime
