#pragma once
#include <functional>

#include "runtime/config/config.hpp"

namespace esteira::runtime::http {

/// Whether this machine can listen on an IPv6 address.
[[nodiscard]] bool ipv6_is_available();

/// The address to listen on: `wanted`, or 0.0.0.0 in place of [::] when `has_ipv6` returns false. Logs the replacement.
[[nodiscard]] Address choose_listen_address(Address wanted, const std::function<bool()>& has_ipv6 = ipv6_is_available);

}  // namespace esteira::runtime::http
