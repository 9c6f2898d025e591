#include <algorithm>
#include <charconv>

#include "runtime/config/config.hpp"

namespace esteira::runtime {

Address Address::parse(std::string_view text) {
  constexpr auto kWanted = "should be an address to listen on, such as 0.0.0.0:8080 or [::]:8080";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) throw std::invalid_argument(kWanted);
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool odd = std::any_of(host.begin(), host.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f ||
           std::string_view("[]/@").find(c) != std::string_view::npos;
  });
  if (host.empty() || odd || (!bracketed && host.find(':') != std::string_view::npos)) {
    throw std::invalid_argument(kWanted);
  }
  Address address{std::string(host), 0};
  const auto* const end = port.data() + port.size();
  const auto [rest, error] = std::from_chars(port.data(), end, address.port);
  if (error != std::errc{} || rest != end) throw std::invalid_argument(kWanted);
  return address;
}

}  // namespace esteira::runtime
