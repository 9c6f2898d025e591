#include "runtime/text/percent_decode.hpp"

#include <catch2/catch.hpp>
#include <string>

using esteira::runtime::percent_decode;

TEST_CASE("percent_decode replaces %XX by its byte, in either case") {
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("plain/path") == "plain/path");
  CHECK(percent_decode("a%2Fb%20c") == "a/b c");
  CHECK(percent_decode("%c3%A9") == "é");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
}

TEST_CASE("percent_decode decodes once and keeps a plus sign") {
  CHECK(percent_decode("%2541") == "%41");
  CHECK(percent_decode("a+b") == "a+b");
}

TEST_CASE("percent_decode refuses a percent sign without two hexadecimal digits") {
  const auto* text = GENERATE("%", "%4", "a%", "%g0", "%0g", "%-1", "%+1", "% 1", "%%41", "%0x1");
  CHECK_FALSE(percent_decode(text).has_value());
}
