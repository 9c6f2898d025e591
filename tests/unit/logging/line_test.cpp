#include "runtime/logging/line.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

using esteira::runtime::log::Field;
using esteira::runtime::log::Level;
using esteira::runtime::log::Line;

namespace {

Line line_of(std::string_view text, const std::vector<Field>& fields = {}) {
  return {{}, Level::warn, text, "esteira-api", "", fields.data(), fields.size()};
}

}  // namespace

TEST_CASE("a line is one JSON object with its fields") {
  const std::vector<Field> fields{{"order_id", "o1"}, {"attempt", 2}, {"ok", true}, {"seconds", 0.5}};
  const auto json = nlohmann::json::parse(json_line(line_of("hello", fields)));
  CHECK(json["ts"] == "1970-01-01T00:00:00.000000Z");
  CHECK(json["level"] == "warn");
  CHECK(json["msg"] == "hello");
  CHECK(json["service"] == "esteira-api");
  CHECK_FALSE(json.contains("stage"));
  CHECK(json["order_id"] == "o1");
  CHECK(json["attempt"] == 2);
  CHECK(json["ok"] == true);
  CHECK(json["seconds"] == 0.5);
}

TEST_CASE("no text breaks a line") {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
  const std::vector<Field> fields{{text, text}};
  const auto line = json_line(line_of(text, fields));
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  CHECK_THAT(json["msg"].get<std::string>(), Catch::Contains("\"#$%&") && Catch::Contains("\xef\xbf\xbd"));
}

TEST_CASE("text comes back as it was") {
  const std::string text = "quote \" backslash \\ tab \t line \n nul \x01 é 漢 😀";
  CHECK(nlohmann::json::parse(json_line(line_of(text)))["msg"] == text);
}

TEST_CASE("a number that JSON has not is null") {
  const std::vector<Field> fields{{"ratio", std::numeric_limits<double>::quiet_NaN()}};
  CHECK(nlohmann::json::parse(json_line(line_of("x", fields)))["ratio"].is_null());
}

TEST_CASE("the readable form cannot steer a terminal") {
  const auto line =
      readable_line(line_of("red \x1b[31m and \xc2\x9b"
                            "2J",
                            {}));
  CHECK(line == "1970-01-01T00:00:00.000000Z warn  red \\u001b[31m and \\u009b2J");
}
