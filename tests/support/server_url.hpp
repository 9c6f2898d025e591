#pragma once
#include <cstdint>
#include <string>

#include "tests/support/tcp_proxy.hpp"

namespace esteira::test {

/// A proxy to the server of the URL.
TcpProxy proxy_to(const std::string& url);
/// The URL with another endpoint, on 127.0.0.1.
std::string through(const std::string& url, std::uint16_t port);

}  // namespace esteira::test
