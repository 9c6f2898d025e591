#include "runtime/text/rfc3339.hpp"

#include <catch2/catch.hpp>
#include <string>

using esteira::runtime::format_rfc3339;
using esteira::runtime::parse_rfc3339;

namespace {

std::string rewritten(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? format_rfc3339(*time) : "none";
}

}  // namespace

TEST_CASE("an RFC 3339 time is read, and written in UTC with microseconds") {
  CHECK(rewritten("2026-11-29T17:54:13Z") == "2026-11-29T17:54:13.000000Z");
  CHECK(rewritten("2026-11-29t17:54:13.5z") == "2026-11-29T17:54:13.500000Z");
  CHECK(rewritten("2026-11-29T17:54:13.123456789Z") == "2026-11-29T17:54:13.123456Z");
  CHECK(rewritten("2026-03-01T00:30:00+01:00") == "2026-02-28T23:30:00.000000Z");
  CHECK(rewritten("2026-12-31T23:30:00-00:30") == "2027-01-01T00:00:00.000000Z");
  CHECK(rewritten("2024-02-29T00:00:00Z") == "2024-02-29T00:00:00.000000Z");
  CHECK(rewritten("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000000Z");
  CHECK(rewritten("1969-12-31T23:59:59.000001Z") == "1969-12-31T23:59:59.000001Z");
  CHECK(rewritten("0001-01-01T00:00:00Z") == "0001-01-01T00:00:00.000000Z");
  CHECK(rewritten("9999-12-31T23:59:59.999999Z") == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("what is not an RFC 3339 time is refused") {
  const std::string text = GENERATE(
      values<std::string>({"", "now", "2026-11-29", "2026-11-29T17:54:13", "2026-11-29 17:54:13Z", "2026-11-29T17:54Z",
                           "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-29T24:00:00Z",
                           "2026-11-29T17:54:13.Z", "2026-11-29T17:54:13+0100", "2026-11-29T17:54:13+01:60",
                           "2026-11-29T17:54:13Z ", "+026-11-29T17:54:13Z", "2026-1-29T17:54:13Z",
                           "0001-01-01T00:00:00+01:00", "0000-12-31T00:00:00Z", "9999-12-31T23:59:60Z", "infinity"}));
  CAPTURE(text);
  CHECK_FALSE(parse_rfc3339(text));
}
