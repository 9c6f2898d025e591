#include "tests/support/server_url.hpp"

#include <cstdlib>

namespace esteira::test {
namespace {

std::size_t authority_begin(const std::string& url) {
  const auto scheme = url.find("://") + 3;
  const auto at = url.find('@', scheme);
  return at == std::string::npos ? scheme : at + 1;
}

}  // namespace

TcpProxy proxy_to(const std::string& url) {
  const auto begin = authority_begin(url);
  const auto colon = url.find(':', begin);
  return {url.substr(begin, colon - begin),
          static_cast<std::uint16_t>(std::strtoul(url.c_str() + colon + 1, nullptr, 10))};
}

std::string through(const std::string& url, std::uint16_t port) {
  const auto begin = authority_begin(url);
  const auto end = url.find_first_of("/?", begin);
  return url.substr(0, begin) + "127.0.0.1:" + std::to_string(port) + (end == std::string::npos ? "" : url.substr(end));
}

}  // namespace esteira::test
