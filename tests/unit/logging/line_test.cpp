#include "runtime/logging/line.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using esteira::runtime::log::Field;
using esteira::runtime::log::Line;

namespace {

Line line_of(std::string_view text, const std::vector<Field>& fields = {}) {
  return {{}, "warn", text, "esteira-api", "", fields.data(), fields.size()};
}

std::string json_of(const Line& line) {
  spdlog::memory_buf_t out;
  append_json(out, line);
  return {out.data(), out.size()};
}

std::string readable_of(const Line& line) {
  spdlog::memory_buf_t out;
  append_readable(out, line);
  return {out.data(), out.size()};
}

}  // namespace

TEST_CASE("a log line is one JSON object with its fields in order") {
  const std::vector<Field> fields{{"order_id", "o1"}, {"attempt", 2}, {"ok", true}, {"seconds", 0.5}};
  CHECK(json_of(line_of("hello", fields)) ==
        R"({"ts":"1970-01-01T00:00:00.000000Z","level":"warn","msg":"hello","service":"esteira-api",)"
        R"("order_id":"o1","attempt":2,"ok":true,"seconds":0.5})");
}

TEST_CASE("the time of a log line is UTC with microseconds") {
  auto line = line_of("x");
  line.time += std::chrono::seconds(951'868'799) + std::chrono::microseconds(42);  // a leap day's last second
  CHECK(nlohmann::json::parse(json_of(line))["ts"] == "2000-02-29T23:59:59.000042Z");
}

TEST_CASE("any bytes in text and fields give one line of valid JSON") {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
  const std::vector<Field> fields{{text, text}};
  const auto line = json_of(line_of(text, fields));
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  CHECK_THAT(json["msg"].get<std::string>(), Catch::Contains("\"#$%&") && Catch::Contains("\xef\xbf\xbd"));
}

TEST_CASE("a JSON parser reads the text that was logged") {
  const std::string text = "quote \" backslash \\ tab \t line \n nul \x01 é 漢 😀";
  CHECK(nlohmann::json::parse(json_of(line_of(text)))["msg"] == text);
}

TEST_CASE("a number that JSON cannot express is written as null") {
  const std::vector<Field> fields{{"ratio", std::numeric_limits<double>::quiet_NaN()}};
  CHECK(nlohmann::json::parse(json_of(line_of("x", fields)))["ratio"].is_null());
}

TEST_CASE("the readable form shows time, level, stage, text and fields") {
  const std::vector<Field> fields{{"order_id", "o1"}, {"attempt", 2}};
  auto line = line_of("done", fields);
  line.stage = "enrich";
  CHECK(readable_of(line) == "1970-01-01T00:00:00.000000Z warn  enrich: done order_id=\"o1\" attempt=2");
}

TEST_CASE("the readable form escapes terminal control sequences") {
  const auto line =
      readable_of(line_of("red \x1b[31m and \xc2\x9b"
                          "2J"));
  CHECK(line == "1970-01-01T00:00:00.000000Z warn  red \\u001b[31m and \\u009b2J");
}
