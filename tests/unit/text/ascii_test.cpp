#include "runtime/text/ascii.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace text = esteira::runtime;

TEST_CASE("ASCII letters are compared without regard to case, other bytes exactly") {
  CHECK(text::equal_ignoring_case("Content-Type", "content-TYPE"));
  CHECK_FALSE(text::equal_ignoring_case("abc", "ab"));
  CHECK_FALSE(text::equal_ignoring_case("@", "`"));
  CHECK_FALSE(text::equal_ignoring_case("\xc9", "\xe9"));
}

TEST_CASE("control characters are U+0000 to U+001F and U+007F") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    CHECK(text::is_control(static_cast<char>(byte)) == (byte < 0x20 || byte == 0x7f));
  }
  CHECK(text::has_control("a\x1b"));
  CHECK_FALSE(text::has_control("a b é"));
}

TEST_CASE("control characters are replaced and other bytes stay") {
  CHECK(text::replace_controls("a\r\nb\x7f é", '?') == "a??b? é");
}

TEST_CASE("visible ASCII has no spaces, controls or bytes above 0x7e") {
  CHECK(text::is_visible_ascii("!~token"));
  const auto* other = GENERATE("a b", "a\t", "\x7f", "é");
  CHECK_FALSE(text::is_visible_ascii(other));
}

TEST_CASE("a token has no spaces, separators or bytes above 0x7e") {
  CHECK(text::is_token("X-Request-Id!"));
  const auto* other = GENERATE("", "a b", "a:b", "a/b", "é", "a\t");
  CHECK_FALSE(text::is_token(other));
}

TEST_CASE("spaces and tabs are trimmed at both ends only") {
  CHECK(text::trim_blanks(" \ta b\t ") == "a b");
  CHECK(text::trim_blanks(" \t ").empty());
  CHECK(text::trim_blanks("\na") == "\na");
}
