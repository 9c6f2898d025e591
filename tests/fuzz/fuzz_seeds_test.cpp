#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/targets.hpp"
#include "tests/support/environment.hpp"

namespace {

namespace fuzz = esteira::fuzz;

/// Runs a target over all inputs in its folder.
void replay(const std::string& name, void (*target)(std::string_view)) {
  std::vector<std::filesystem::path> inputs;
  for (const auto& entry :
       std::filesystem::directory_iterator(esteira::test::source_dir() / "tests/fuzz/seeds" / name)) {
    inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  REQUIRE_FALSE(inputs.empty());
  for (const auto& path : inputs) {
    CAPTURE(path);
    std::ifstream file(path, std::ios::binary);
    const std::string input(std::istreambuf_iterator<char>(file), {});
    CHECK_NOTHROW(target(input));
  }
}

}  // namespace

TEST_CASE("the HTTP request parser holds its invariants for all seed inputs") {
  replay("http_request", fuzz::http_request);
}
TEST_CASE("the order parser holds its invariants for all seed inputs") { replay("order_body", fuzz::order_body); }
TEST_CASE("the envelope reader holds its invariants for all seed inputs") { replay("envelope", fuzz::envelope); }
TEST_CASE("settings hold their invariants for all seed inputs") { replay("settings", fuzz::settings); }
TEST_CASE("URL parsers hold their invariants for all seed inputs") { replay("urls", fuzz::urls); }
TEST_CASE("headers, paths and log lines hold their invariants for all seed inputs") { replay("text", fuzz::text); }

TEST_CASE("a broken invariant fails the replay") {
  CHECK_THROWS_AS(fuzz::require(false, "never"), fuzz::InvariantBroken);
}
