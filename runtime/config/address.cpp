#include "runtime/config/config.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/parse_integer.hpp"

namespace esteira::runtime {

Address Address::parse(std::string_view text) {
  constexpr auto kExpected = "should be an address to listen on, such as 0.0.0.0:8080 or [::]:8080";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) throw std::invalid_argument(kExpected);
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool invalid = has_control(host) || host.find_first_of(" []/@") != std::string_view::npos;
  if (host.empty() || invalid || (!bracketed && host.find(':') != std::string_view::npos)) {
    throw std::invalid_argument(kExpected);
  }
  const auto number = parse_integer<std::uint16_t>(port);
  if (!number) throw std::invalid_argument(kExpected);
  return {std::string(host), *number};
}

}  // namespace esteira::runtime
