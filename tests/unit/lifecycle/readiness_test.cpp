#include "runtime/lifecycle/readiness.hpp"

#include <catch2/catch.hpp>

TEST_CASE("the program is ready when every condition holds") {
  esteira::runtime::Readiness readiness;
  std::string reason = "no connection";
  readiness.require("database", [&] { return reason; });
  readiness.require("broker", [] { return std::string(); });
  REQUIRE(readiness.missing().size() == 1);
  CHECK(readiness.missing()[0].name == "database");
  CHECK(readiness.missing()[0].reason == "no connection");
  reason.clear();
  CHECK(readiness.missing().empty());
}

TEST_CASE("a stopping program is not ready") {
  esteira::runtime::Readiness readiness;
  readiness.stop();
  REQUIRE(readiness.missing().size() == 1);
  CHECK(readiness.missing()[0].reason == "stopping");
}
