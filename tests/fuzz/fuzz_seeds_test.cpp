#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/targets.hpp"
#include "tests/support/environment.hpp"

namespace {

namespace fuzz = esteira::fuzz;

/// Gives a target all inputs that are kept for it.
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

TEST_CASE("the parser keeps its promises for every kept input") { replay("http_request", fuzz::http_request); }
TEST_CASE("the order parser keeps its promises for every kept input") { replay("order_body", fuzz::order_body); }
TEST_CASE("the envelope keeps its promises for every kept input") { replay("envelope", fuzz::envelope); }
TEST_CASE("settings keep their promises for every kept input") { replay("settings", fuzz::settings); }
TEST_CASE("URLs keep their promises for every kept input") { replay("urls", fuzz::urls); }
TEST_CASE("headers, paths and log lines keep their promises for every kept input") { replay("text", fuzz::text); }

TEST_CASE("a broken promise fails the replay") { CHECK_THROWS_AS(fuzz::promise(false, "never"), fuzz::Broken); }
