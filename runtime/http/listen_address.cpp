#include "runtime/http/listen_address.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::http {

bool ipv6_is_available() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0;
  ::close(fd);
  return bound;
}

Address choose_listen_address(Address wanted, const std::function<bool()>& has_ipv6) {
  if (wanted.host != "::" || has_ipv6()) return wanted;
  log::info("this machine has no IPv6: listening on 0.0.0.0 in place of [::]", {{"port", wanted.port}});
  wanted.host = "0.0.0.0";
  return wanted;
}

}  // namespace esteira::runtime::http
