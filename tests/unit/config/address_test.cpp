#include <catch2/catch.hpp>

#include "runtime/config/config.hpp"

using esteira::runtime::Address;

TEST_CASE("an address has a host and a port") {
  CHECK(Address::parse("0.0.0.0:8080") == Address{"0.0.0.0", 8080});
  CHECK(Address::parse("127.0.0.1:0") == Address{"127.0.0.1", 0});
  CHECK(Address::parse("[::]:9090") == Address{"::", 9090});
}

TEST_CASE("an invalid address is refused") {
  const auto* text = GENERATE("", "8080", ":8080", "host:", "host:-1", "host:65536", "host:80x", "::1:80", "[]:80",
                              "a b:80", "1\r7.0.0.1:80", "[\x7f]:80");
  CHECK_THROWS_AS(Address::parse(text), std::invalid_argument);
}
