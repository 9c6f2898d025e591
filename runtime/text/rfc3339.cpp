#include "runtime/text/rfc3339.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "runtime/text/ascii.hpp"

namespace esteira::runtime {
namespace {

using std::chrono::microseconds;

/// Reads a time from left to right. After the first fault it stays failed.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  /// A number of exactly `digits` digits between `min` and `max`.
  int number(std::size_t digits, int min, int max) {
    int value = 0;
    const auto text = take(digits);
    for (const char c : text) {
      if (!is_ascii_digit(c)) return fail();
      value = value * 10 + (c - '0');
    }
    return text.size() == digits && value >= min && value <= max ? value : fail();
  }

  /// One of `characters`, in upper or lower case.
  void one_of(std::string_view characters) {
    const auto text = take(1);
    if (text.empty() || characters.find(ascii_upper(text.front())) == std::string_view::npos) fail();
  }

  /// ".25", when it is there.
  microseconds fraction() {
    if (!rest_.starts_with('.')) return {};
    rest_.remove_prefix(1);
    const auto end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (end == 0) fail();
    std::int64_t value = 0;
    for (std::size_t i = 0; i < kMicroDigits; ++i) value = value * 10 + (i < end ? rest_[i] - '0' : 0);
    rest_.remove_prefix(end);
    return microseconds(value);
  }

  /// "Z", or "+01:00".
  std::chrono::minutes offset() {
    const char sign = rest_.empty() ? '\0' : rest_.front();
    one_of("Z+-");
    if (ascii_upper(sign) == 'Z') return {};
    const auto hours = number(2, 0, 23);
    one_of(":");
    const auto size = std::chrono::hours(hours) + std::chrono::minutes(number(2, 0, 59));
    return sign == '-' ? -size : size;
  }

  [[nodiscard]] bool succeeded() const { return !failed_ && rest_.empty(); }

 private:
  static constexpr std::size_t kMicroDigits = 6;

  int fail() {
    failed_ = true;
    return 0;
  }
  std::string_view take(std::size_t size) {
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

std::optional<UtcMicros> parse_rfc3339(std::string_view text) {
  TimeReader reader(text);
  const auto year = std::chrono::year(reader.number(4, 0, 9999));
  reader.one_of("-");
  const auto month = std::chrono::month(static_cast<unsigned>(reader.number(2, 1, 12)));
  reader.one_of("-");
  const auto day = std::chrono::day(static_cast<unsigned>(reader.number(2, 1, 31)));
  reader.one_of("T");
  const auto hours = std::chrono::hours(reader.number(2, 0, 23));
  reader.one_of(":");
  const auto minutes = std::chrono::minutes(reader.number(2, 0, 59));
  reader.one_of(":");
  const auto seconds = std::chrono::seconds(reader.number(2, 0, 60));
  const auto fraction = reader.fraction();
  const auto offset = reader.offset();
  const std::chrono::year_month_day date(year, month, day);
  if (!reader.succeeded() || !date.ok()) return std::nullopt;
  const UtcMicros time = std::chrono::sys_days(date) + hours + minutes + seconds + fraction - offset;
  if (time < kFirstUtcMicros || time > kLastUtcMicros) return std::nullopt;
  return time;
}

std::string format_rfc3339(UtcMicros time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace esteira::runtime
