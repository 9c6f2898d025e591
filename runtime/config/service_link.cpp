#include "runtime/config/service_link.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <string>

#include "runtime/text/parse_integer.hpp"

namespace esteira::runtime {

namespace {

bool is_port(std::string_view text) { return parse_integer<std::uint16_t>(text).value_or(0) != 0; }

bool is_ip_address(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  const std::string terminated(text);
  return inet_pton(AF_INET, terminated.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1;
}

bool is_protocol(std::string_view text) { return text == "tcp" || text == "udp" || text == "sctp"; }

/// tcp://10.0.0.11:6379 or tcp://[fd00::1]:6379
bool is_endpoint(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos || !is_protocol(text.substr(0, scheme))) return false;
  text.remove_prefix(scheme + 3);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1))) return false;
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return is_ip_address(host);
}

/// What follows "_PORT_": 6379_TCP, 6379_TCP_PROTO, 6379_TCP_PORT or 6379_TCP_ADDR.
bool is_port_detail(std::string_view tail, std::string_view value) {
  const auto underscore = tail.find('_');
  if (underscore == std::string_view::npos || !is_port(tail.substr(0, underscore))) return false;
  tail.remove_prefix(underscore + 1);
  const auto protocol = tail.substr(0, tail.find('_'));
  if (protocol != "TCP" && protocol != "UDP" && protocol != "SCTP") return false;
  tail.remove_prefix(protocol.size());
  if (tail.empty()) return is_endpoint(value);
  if (tail == "_PROTO") return is_protocol(value);
  if (tail == "_PORT") return is_port(value);
  return tail == "_ADDR" && is_ip_address(value);
}

}  // namespace

bool is_service_link(std::string_view name, std::string_view value) {
  constexpr std::string_view kServicePort = "_SERVICE_PORT";
  constexpr std::string_view kPort = "_PORT_";
  if (name.ends_with("_SERVICE_HOST")) return is_ip_address(value);
  if (name.ends_with(kServicePort)) return is_port(value);
  if (name.find("_SERVICE_PORT_") != std::string_view::npos) return is_port(value);
  if (name.ends_with("_PORT") && is_endpoint(value)) return true;
  // A Service's own name may hold "_PORT_", too.
  for (auto at = name.find(kPort); at != std::string_view::npos; at = name.find(kPort, at + 1)) {
    if (is_port_detail(name.substr(at + kPort.size()), value)) return true;
  }
  return false;
}

}  // namespace esteira::runtime
