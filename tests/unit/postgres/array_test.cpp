#include "runtime/postgres/array.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::postgres::ArrayLiteral;

TEST_CASE("an array literal without elements is empty") { CHECK(ArrayLiteral().str() == "{}"); }

TEST_CASE("quotes and backslashes are escaped in an array literal") {
  CHECK(ArrayLiteral().add(R"(a"b\c)").add("d,e}").str() == R"({"a\"b\\c","d,e}"})");
}

TEST_CASE("the word NULL, the empty string and null differ in an array literal") {
  CHECK(ArrayLiteral().add("NULL").add("").add_null().str() == R"({"NULL","",NULL})");
}

TEST_CASE("a leading empty string is followed by a comma in an array literal") {
  CHECK(ArrayLiteral().add("").add(std::int64_t{-7}).add(std::optional<std::string>()).str() == R"({"",-7,NULL})");
}

TEST_CASE("a NUL byte becomes the replacement character in an array literal") {
  CHECK(ArrayLiteral().add(std::string("a\0b", 3)).str() == "{\"a\xEF\xBF\xBD\x62\"}");
}
