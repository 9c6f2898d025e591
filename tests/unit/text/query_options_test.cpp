#include "runtime/text/query_options.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::option_for_error;
using esteira::runtime::parse_query_options;

TEST_CASE("the options of a URL are decoded in their order") {
  const auto options = parse_query_options("heartbeat=30&na%6De=a%20b&empty=");
  REQUIRE(options);
  REQUIRE(options->size() == 3);
  CHECK(options->at(0) == std::pair<std::string, std::string>("heartbeat", "30"));
  CHECK(options->at(1) == std::pair<std::string, std::string>("name", "a b"));
  CHECK(options->at(2) == std::pair<std::string, std::string>("empty", ""));
  CHECK(parse_query_options("")->empty());
}

TEST_CASE("malformed options of a URL are refused") {
  for (const char* query : {"heartbeat", "=30", "a=1&&b=2", "a=%zz", "%2=1"}) {
    INFO(query);
    CHECK_FALSE(parse_query_options(query));
  }
}

TEST_CASE("an error names an option but never repeats what may be a password") {
  CHECK(option_for_error("socket_timeout") == "the option \"socket_timeout\"");
  CHECK(option_for_error("S3cret") == "an option");
  CHECK(option_for_error("") == "an option");
}
