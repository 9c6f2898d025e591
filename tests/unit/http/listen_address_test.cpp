#include "runtime/http/listen_address.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::Address;
using esteira::runtime::http::choose_listen_address;

TEST_CASE("a machine without IPv6 listens on 0.0.0.0 in place of [::]") {
  const auto without_ipv6 = [] { return false; };
  CHECK(choose_listen_address({"::", 8080}, without_ipv6) == Address{"0.0.0.0", 8080});
  CHECK(choose_listen_address({"::1", 8080}, without_ipv6) == Address{"::1", 8080});
  CHECK(choose_listen_address({"127.0.0.1", 8080}, without_ipv6) == Address{"127.0.0.1", 8080});
}

TEST_CASE("a machine with IPv6 listens on [::]") {
  CHECK(choose_listen_address({"::", 8080}, [] { return true; }) == Address{"::", 8080});
}
