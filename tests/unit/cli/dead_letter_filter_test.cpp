#include "cli/dlq/dead_letter_filter.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <catch2/catch.hpp>

#include "cli/command_line.hpp"

using esteira::cli::DeadLetterFilter;

namespace {

DeadLetterFilter filter_of(std::vector<std::string> arguments) {
  DeadLetterFilter filter;
  CLI::App app;
  esteira::cli::add_filter_options(app, filter);
  std::ranges::reverse(arguments);
  app.parse(arguments);
  return filter;
}

}  // namespace

TEST_CASE("a filter without options has no conditions") {
  const auto filter = filter_of({});
  CHECK_FALSE((filter.stage || filter.order || filter.reason || filter.older_than || filter.since));
}

TEST_CASE("the options of a filter set its conditions") {
  const auto filter = filter_of({"--stage", "enrich", "--order", "6F0C1B9E-5B1F-4A8E-9A54-0A3D2F4C1E77", "--reason",
                                 "supplier", "--older-than", "1h", "--since", "2d"});
  CHECK(filter.stage == "enrich");
  CHECK(filter.order == "6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77");
  CHECK(filter.reason == "supplier");
  CHECK(filter.older_than == std::chrono::hours(1));
  CHECK(filter.since == std::chrono::hours(48));
}

TEST_CASE("the option --order is rejected when its value is not a UUID") {
  CHECK_THROWS_AS(filter_of({"--order", "7"}), esteira::cli::UsageError);
}
