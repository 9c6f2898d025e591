#include "runtime/postgres/conninfo_values.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/text/ascii.hpp"
#include "runtime/text/parse_integer.hpp"

namespace esteira::runtime::postgres {
namespace {

/// A parameter whose values libpq knows, separated by spaces.
struct Choice {
  std::string_view key;
  std::string_view values;
};

constexpr std::string_view kProtocols = "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3";
constexpr std::array kChoices{
    Choice{"sslmode", "disable allow prefer require verify-ca verify-full"},
    Choice{"target_session_attrs", "any read-write read-only primary standby prefer-standby"},
    Choice{"gssencmode", "disable prefer require"},
    Choice{"channel_binding", "disable prefer require"},
    Choice{"ssl_min_protocol_version", kProtocols},
    Choice{"ssl_max_protocol_version", kProtocols},
};

constexpr std::array<std::string_view, 6> kNumbers{"connect_timeout", "tcp_user_timeout",    "keepalives",
                                                   "keepalives_idle", "keepalives_interval", "keepalives_count"};

bool is_one_of(std::string_view values, const std::string& value) {
  while (!values.empty()) {
    const auto known = values.substr(0, values.find(' '));
    if (equal_ignoring_case(known, value)) return true;
    values.remove_prefix(std::min(known.size() + 1, values.size()));
  }
  return false;
}

/// One port, or one for each host, separated by commas. An empty one is the default.
bool are_ports(std::string_view ports) {
  while (true) {
    const auto port = ports.substr(0, ports.find(','));
    if (!port.empty() && parse_integer<std::uint16_t>(port).value_or(0) == 0) return false;
    if (port.size() == ports.size()) return true;
    ports.remove_prefix(port.size() + 1);
  }
}

}  // namespace

std::string conninfo_value_fault(const std::map<std::string, std::string>& pairs) {
  for (const auto& [key, values] : kChoices) {
    const auto found = pairs.find(std::string(key));
    if (found == pairs.end() || found->second.empty() || is_one_of(values, found->second)) continue;
    return std::string(key).append(" has a value that libpq does not know; expected one of: ").append(values);
  }
  for (const auto key : kNumbers) {
    const auto found = pairs.find(std::string(key));
    if (found == pairs.end() || parse_integer<int>(found->second)) continue;
    return std::string(key).append(" is not a whole number");
  }
  const auto port = pairs.find("port");
  return port == pairs.end() || are_ports(port->second) ? std::string() : "a port is not a number from 1 to 65535";
}

}  // namespace esteira::runtime::postgres
