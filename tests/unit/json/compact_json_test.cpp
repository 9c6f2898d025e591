#include "runtime/json/compact_json.hpp"

#include <catch2/catch.hpp>

namespace {

std::string compact(std::string_view text) {
  std::string out = "before";
  esteira::runtime::json::append_compact_json(out, text);
  return out.substr(6);
}

}  // namespace

TEST_CASE("compact JSON has no blanks between its values") {
  CHECK(compact(" {\"a\" : [ 1 ,\t2 ] ,\r\n \"b\": {} } ") == R"({"a":[1,2],"b":{}})");
  CHECK(compact("").empty());
  CHECK(compact(" \n").empty());
}

TEST_CASE("compact JSON keeps strings as they are") {
  const auto* text = R"({"a b":" x  \" y \\","c":"\\\"  \n","":"é 漢"})";
  CHECK(compact(text) == text);
}

TEST_CASE("compact JSON keeps every digit of a number") {
  const auto* text = R"({"n":[12345678901234567890123,1.10,-0.0,1e350,1E-350]})";
  CHECK(compact(text) == text);
}

TEST_CASE("text that is cut within a string is copied to its end") {
  CHECK(compact(R"({"a": "b )") == R"({"a":"b )");
  CHECK(compact("\"\\") == "\"\\");
}
