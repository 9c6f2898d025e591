#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::orders {

/// `text` is PostgreSQL's text of a time in UTC: 2026-11-22 07:47:18.0725+00. The result has microseconds:
/// 2026-11-22T07:47:18.072500Z. Empty when RFC 3339 cannot express it: an infinite time, a year before 1 or after 9999.
inline std::string rfc3339_of(std::string_view text) {
  constexpr std::string_view kUtc = "+00";
  if (!text.ends_with(kUtc) || text.find('-') != 4) return {};
  std::string time(text.substr(0, text.size() - kUtc.size()));
  time.at(10) = 'T';
  if (time.find('.') == std::string::npos) time += '.';
  time.resize(26, '0');
  return time += 'Z';
}

}  // namespace esteira::runtime::orders
