#include <catch2/catch.hpp>
#include <esteira/testing.hpp>
#include <string>
#include <vector>

#include "runtime/orders/envelope/envelope.hpp"

namespace {

using esteira::Outcome;
using esteira::testing::as_a_host_takes_it;
using esteira::testing::DataCheck;

std::string nested(std::size_t levels) {
  return std::string(levels, '[').insert(0, "{\"a\":").append(std::string(levels, ']')).append("}");
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// Texts at the edges of the rules, valid and invalid.
std::vector<std::string> texts() {
  return {"{}",
          " \t\r\n{ \"a\" : [ 1 , -0 , 2.5e+3 , true , false , null ] , \"b\" : { } } \n",
          "",
          " ",
          "[]",
          "1",
          "\"text\"",
          "null",
          "{",
          "{}{}",
          "{} x",
          "{\"a\"}",
          "{\"a\":}",
          "{\"a\":1,}",
          "{,}",
          "{\"a\":[1,]}",
          "{a:1}",
          "{\"a\":01}",
          "{\"a\":1.}",
          "{\"a\":.5}",
          "{\"a\":+1}",
          "{\"a\":-}",
          "{\"a\":1e}",
          "{\"a\":1e308}",
          "{\"a\":1e309}",
          "{\"a\":" + std::string(308, '7') + "}",
          "{\"a\":0." + std::string(398, '7') + "}",
          "{\"a\":0." + std::string(399, '7') + "}",
          "{\"a\":1e400}",
          "{\"a\":1e401}",
          "{\"a\":1E-400}",
          "{\"a\":1e-401}",
          "{\"a\":1e99999999999999999999}",
          "{\"a\":NaN}",
          "{\"a\":Infinity}",
          "{\"a\":tru}",
          "{\"a\":" + std::string(400, '7') + "}",
          "{\"a\":" + std::string(401, '7') + "}",
          "{\"a\":\"\\u00e9\\ud83d\\ude00\\n\\/\"}",
          "{\"a\":\"\\u0000\"}",
          "{\"\\u0000\":1}",
          "{\"a\":\"\\ud83d\"}",
          "{\"a\":\"\\ude00\"}",
          "{\"a\":\"\\ud83dx\"}",
          "{\"a\":\"\\ud83d\\u0041\"}",
          "{\"a\":\"\\u12g4\"}",
          "{\"a\":\"\\x\"}",
          "{\"a\":\"\\",
          "{\"a\":\"",
          "{\"a\":\"\x01\"}",
          "{\"a\":\"\x7f\"}",
          "{\"a\":\"tab\tinside\"}",
          "{\"a\":\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"}",
          "{\"a\":\"\xc0\xaf\"}",
          "{\"a\":\"\xe0\x80\xaf\"}",
          "{\"a\":\"\xed\xa0\x80\"}",
          "{\"a\":\"\xf4\x90\x80\x80\"}",
          "{\"a\":\"\xf5\x80\x80\x80\"}",
          "{\"a\":\"\xe2\x82\"}",
          "{\"a\":\"\xff\"}",
          "\xef\xbb\xbf{}",
          std::string("{}\0", 3),
          std::string("{\"a\":\"\0\"}", 9),
          "{\"a\":1,\"a\":2}",
          "{/*no*/}",
          "{\"a\":-1e999}",
          "{\"a\":1e1000}",
          "{\"a\":12.5e-998}",
          "{\"a\":12.5e-999}",
          "{\"a\":1e99999999999999999999}",
          "{\"a\":[1" + repeated(",1e900", 300) + "]}",
          nested(31),
          nested(32),
          "{\"a\":\"" + std::string(std::size_t{256} * 1024 - 8, 'x') + "\"}",
          "{\"a\":\"" + std::string(std::size_t{256} * 1024 - 7, 'x') + "\"}"};
}

TEST_CASE("the harness and a host agree on what data can be stored") {
  for (const auto& text : texts()) {
    INFO("data: " << text.substr(0, 80) << ", " << text.size() << " bytes");
    CHECK(DataCheck(text).holds() == esteira::runtime::orders::json_object_fault(text).empty());
  }
}

TEST_CASE("an outcome that a host cannot store is a retry in the harness") {
  CHECK(as_a_host_takes_it(Outcome::done("points: 4")).kind() == Outcome::Kind::retry);
  CHECK(as_a_host_takes_it(Outcome::done("{}").routing_key("Order Done")).kind() == Outcome::Kind::retry);
  CHECK(as_a_host_takes_it(Outcome::done().total(esteira::Money{-1})).kind() == Outcome::Kind::retry);
  CHECK(as_a_host_takes_it(Outcome::done()).kind() == Outcome::Kind::done);
  CHECK(as_a_host_takes_it(Outcome::done("{\"points\":4}").routing_key("order.done")).data() == "{\"points\":4}");
}

}  // namespace
