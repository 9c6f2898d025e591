#include "retry_after.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <ctime>
#include <string>

namespace remote {
namespace {

using std::chrono::seconds;

constexpr seconds kMax = std::chrono::hours(365 * 24);

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

seconds read_seconds(std::string_view text) {
  // More digits are more than kMax.
  constexpr std::size_t kDigits = 9;
  const auto first = std::min(text.find_first_not_of('0'), text.size());
  const auto digits = text.substr(first);
  if (digits.size() > kDigits) return kMax;
  return digits.empty() ? seconds(0) : seconds(std::stol(std::string(digits)));
}

std::optional<std::time_t> read_date(std::string_view text) {
  // Every form of a date has a letter: curl would read "-5" as one.
  if (text.find_first_of("GgUuZz") == std::string_view::npos) return std::nullopt;
  const auto time = curl_getdate(std::string(text).c_str(), nullptr);
  if (time == -1) return std::nullopt;
  return time;
}

}  // namespace

std::optional<std::chrono::milliseconds> read_retry_after(std::string_view text, std::string_view date,
                                                          std::chrono::system_clock::time_point now) {
  if (is_number(text)) return std::min(read_seconds(text), kMax);
  const auto time = read_date(text);
  if (!time) return std::nullopt;
  const auto base = read_date(date).value_or(std::chrono::system_clock::to_time_t(now));
  return std::clamp(seconds(*time - base), seconds(0), kMax);
}

}  // namespace remote
