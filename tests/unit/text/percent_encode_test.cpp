#include "runtime/text/percent_encode.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "runtime/text/percent_decode.hpp"

using esteira::runtime::percent_encode;

TEST_CASE("percent_encode leaves only unreserved characters as they are") {
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a b+c&d=e%/") == "a%20b%2Bc%26d%3De%25%2F");
  CHECK(percent_encode("é") == "%C3%A9");
}

TEST_CASE("percent_decode undoes percent_encode") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  CHECK(esteira::runtime::percent_decode(percent_encode(all)) == all);
}
