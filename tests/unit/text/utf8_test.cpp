#include "runtime/text/utf8.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::clean_utf8;
using esteira::runtime::is_plain;
using esteira::runtime::is_utf8;

TEST_CASE("valid UTF-8 is recognised") {
  const auto* text = GENERATE("", "plain", "é", "漢字", "😀", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf");
  CHECK(is_utf8(text));
}

TEST_CASE("invalid UTF-8 is recognised") {
  const auto* text = GENERATE("\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                              "\xf4\x90\x80\x80", "\xff", "a\xe2\x82", "\xf5\x80\x80\x80");
  CHECK_FALSE(is_utf8(text));
}

TEST_CASE("clean_utf8 replaces invalid bytes and keeps the rest") {
  CHECK(clean_utf8("a\xff\xc3"
                   "b") ==
        "a\xef\xbf\xbd\xef\xbf\xbd"
        "b");
}

TEST_CASE("clean_utf8 cuts between characters") {
  CHECK(clean_utf8("aé", 2) == "a");
  CHECK(clean_utf8("aé", 3) == "aé");
}

TEST_CASE("text that needs no JSON escape is plain") {
  CHECK(is_plain("a b ~!"));
  const auto* text = GENERATE("\"", "\\", "\n", "\x7f", "é");
  CHECK_FALSE(is_plain(text));
}

TEST_CASE("one byte decides whether text is plain, whatever its place and the length of the text") {
  int wrong = 0;
  for (std::size_t length = 1; length <= 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(length, '~');
        text[at] = static_cast<char>(byte);
        const bool is_odd = byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\';
        if (is_plain(text) == is_odd) ++wrong;
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(is_plain(""));
}
