#include "api/media_type.hpp"

#include <catch2/catch.hpp>

using esteira::api::is_json;

TEST_CASE("application/json in UTF-8 is accepted") {
  const auto* type = GENERATE("application/json", "Application/JSON", "application/json; charset=utf-8",
                              "application/json;charset=\"UTF-8\"", "application/json; v=1", "application/json;");
  CHECK(is_json(type));
}

TEST_CASE("any other media type is rejected") {
  const auto* type = GENERATE("", "text/plain", "application/jsonp", "application/json; charset=latin1",
                              "application/json; v=1; charset=utf-16", "application/problem+json", "json");
  CHECK_FALSE(is_json(type));
}
