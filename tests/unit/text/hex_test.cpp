#include "runtime/text/hex.hpp"

#include <array>
#include <catch2/catch.hpp>

using esteira::runtime::to_hex;

TEST_CASE("bytes are written as two lower-case hexadecimal digits each") {
  constexpr std::array<unsigned char, 4> kBytes{0x00, 0x0f, 0xa0, 0xff};
  CHECK(to_hex(kBytes.data(), kBytes.size()) == "000fa0ff");
  CHECK(to_hex(kBytes.data(), 0).empty());
}
