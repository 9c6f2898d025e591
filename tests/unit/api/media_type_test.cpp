#include "api/media_type.hpp"

#include <catch2/catch.hpp>

using esteira::api::is_json;
using esteira::api::is_uncompressed;

TEST_CASE("application/json in UTF-8 is accepted") {
  const auto* type = GENERATE(
      "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"",
      "application/json; v=1", "application/json;", "application/json; charset=utf8",
      "application/json; Charset=\"UTF8\"", "application/json ; charset = utf8",
      "application/json; profile=\"a;b\\\";c\"; charset=utf-8", "application/json; profile=\"charset=latin1\"");
  CHECK(is_json(type));
}

TEST_CASE("any other media type is rejected") {
  const auto* type = GENERATE("", "text/plain", "application/jsonp", "application/json; charset=latin1",
                              "application/json; v=1; charset=utf-16", "application/problem+json", "json",
                              "application/json; charset=", "application/json; charset=\"utf8",
                              "application/json; charset=utf-8; charset=latin1", "application/json; charset=utf_8",
                              "application/json, text/plain");
  CHECK_FALSE(is_json(type));
}

TEST_CASE("identity, in any case, is the only content coding") {
  for (const auto* coding : {"", "identity", "Identity", "IDENTITY", "identity, identity"})
    CHECK(is_uncompressed(coding));
  for (const auto* coding : {"gzip", "br", "identity, gzip", "gzip, identity", "x-identity", "identity;q=1"}) {
    CHECK_FALSE(is_uncompressed(coding));
  }
}
