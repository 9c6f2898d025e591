#include <catch2/catch.hpp>

#include "runtime/orders/envelope/envelope.hpp"

using Catch::Contains;
using esteira::runtime::orders::json_object_fault;

TEST_CASE("a JSON object is accepted as a stage's data") {
  const auto text = GENERATE("{}", R"({"a":[1,-2,3.5e300,123456789012345678901234567890,null,true,"ação"]})",
                             " {\"a\" : 0.000001}\n");
  CHECK(json_object_fault(text).empty());
}

TEST_CASE("text that is not one JSON object is refused") {
  const auto text =
      GENERATE("", "1", "null", "\"a\"", "[]", "{", "{}{}", "{\"a\":}", "\xEF\xBB\xBF{}", "{'a':1}", "{\"a\":01}",
               "{\"a\":.5}", "{\"a\":NaN}", "{\"a\":1,}", "{\"a\":[1,]}", "{\"a\":\"\n\"}", "{/**/}");
  CAPTURE(text);
  CHECK_FALSE(json_object_fault(text).empty());
}

TEST_CASE("an object with trailing text or half a surrogate pair is refused") {
  const auto text = GENERATE(std::string("{}\0", 3), std::string("{}\0{}", 5), R"({"a":"\ud800"})", R"({"a":"\udc00"})",
                             R"({"\udc00":1})", R"({"a":"\udc00\ud800"})");
  CAPTURE(text);
  CHECK_FALSE(json_object_fault(text).empty());
  CHECK(json_object_fault(R"({"a":"\ud83d\ude00"})").empty());
}

TEST_CASE("a number beyond PostgreSQL's numeric is refused") {
  const auto number = GENERATE("1e400000", "1e-20000", "1e-99999999999999999999999", "1e99999999999999999999999");
  CHECK_FALSE(json_object_fault(std::string("{\"a\":") + number + "}").empty());
  CHECK_FALSE(json_object_fault("{\"a\":0." + std::string(20'000, '0') + "1}").empty());
}

TEST_CASE("a number is accepted in each way of writing it, or in none") {
  const auto accepts = [](const std::string& number) { return json_object_fault("{\"a\":" + number + "}").empty(); };
  CHECK(accepts("1e350"));
  CHECK(accepts("1" + std::string(350, '0')));
  CHECK(accepts("-1234567890e-400"));
  CHECK(accepts("-0." + std::string(390, '0') + "1234567890"));
  CHECK(accepts("1E+999"));
  CHECK(accepts("1" + std::string(999, '0')));
  CHECK_FALSE(accepts("1e1000"));
  CHECK_FALSE(accepts("1" + std::string(1000, '0')));
  CHECK(accepts("123.45e-997"));
  CHECK_FALSE(accepts("123.45e-998"));
  CHECK_FALSE(accepts("0." + std::string(997, '0') + "12345"));
  CHECK(accepts("1.7976931348623157e308"));
  CHECK(accepts("17976931348623157" + std::string(292, '0')));
  CHECK(accepts("-1" + std::string(350, '7') + ".5"));
}

TEST_CASE("text that looks like a number but is none is refused, however long it is") {
  const auto many = std::string(400, '1');
  const auto number = GENERATE_COPY("0" + many, many + ".", many + "..5", many + ".5.5", "1e350e1", "1e+-350", "+1e350",
                                    "1e350.5", "-" + many + "-", many + "e", "--" + many, "." + many);
  CAPTURE(number);
  CHECK_THAT(json_object_fault("{\"a\":" + number + "}"), Contains("not valid JSON"));
}

TEST_CASE("digits within a string are no number") {
  const auto many = std::string(2000, '1');
  CHECK(json_object_fault("{\"" + many + "\":\"1e350 \\\" " + many + "\"}").empty());
}

TEST_CASE("an object whose numbers take too much space without exponents is refused") {
  std::string numbers = "1e900";
  for (int i = 0; i < 300; ++i) numbers += ",1e900";
  CHECK_THAT(json_object_fault("{\"a\":[" + numbers + "]}"), Contains("without exponents"));
}

TEST_CASE("a NUL in a key or a string is refused") {
  CHECK_THAT(json_object_fault(R"({"a":"b\u0000"})"), Contains("u0000"));
  CHECK_THAT(json_object_fault(R"({"a\u0000":1})"), Contains("u0000"));
}

TEST_CASE("an object too large or too deep is refused") {
  CHECK_THAT(json_object_fault(R"({"a":1})", 6), Contains("longer than 6"));
  CHECK(json_object_fault(R"({"a":1})", 7).empty());
  CHECK_THAT(json_object_fault(R"({"a":)" + std::string(32, '[') + std::string(32, ']') + "}"),
             Contains("deeper than 32"));
}
