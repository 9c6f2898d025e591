#pragma once
#include <cstdint>
#include <string>

#include "tests/support/tcp_proxy.hpp"

namespace esteira::test {

/// Makes a proxy to the server of the URL.
TcpProxy proxy_to(const std::string& url);
/// The URL with its host and port replaced by 127.0.0.1 and `port`.
std::string through(const std::string& url, std::uint16_t port);

}  // namespace esteira::test
