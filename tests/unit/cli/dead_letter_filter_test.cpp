#include "cli/dlq/dead_letter_filter.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <catch2/catch.hpp>

#include "cli/command_line.hpp"

using esteira::cli::DeadLetterFilter;
using esteira::cli::DeadLetterMessage;

namespace {

constexpr std::int64_t kNow = 1'000'000;

DeadLetterFilter filter_of(std::vector<std::string> arguments) {
  DeadLetterFilter filter;
  CLI::App app;
  esteira::cli::add_filter_options(app, filter);
  std::ranges::reverse(arguments);
  app.parse(arguments);
  return filter;
}

DeadLetterMessage an_hour_old() {
  DeadLetterMessage message;
  message.letter.order_id = "6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77";
  message.letter.reason = "supplier away (attempt 4, the last)";
  message.died_at = kNow - 3600;
  return message;
}

}  // namespace

TEST_CASE("a filter without conditions matches every dead letter") {
  CHECK(filter_of({}).matches(an_hour_old(), kNow));
}

TEST_CASE("a dead letter matches when it meets every condition of the filter") {
  CHECK(filter_of({"--reason", "supplier", "--older-than", "1h"}).matches(an_hour_old(), kNow));
  CHECK_FALSE(filter_of({"--reason", "article"}).matches(an_hour_old(), kNow));
  CHECK_FALSE(filter_of({"--older-than", "61m"}).matches(an_hour_old(), kNow));
  CHECK(filter_of({"--order", "6F0C1B9E-5B1F-4A8E-9A54-0A3D2F4C1E77"}).matches(an_hour_old(), kNow));
  CHECK_FALSE(filter_of({"--order", "00000000-0000-4000-8000-000000000000"}).matches(an_hour_old(), kNow));
}

TEST_CASE("a dead letter of unknown age does not match --older-than") {
  auto message = an_hour_old();
  message.died_at = 0;
  CHECK_FALSE(filter_of({"--older-than", "1ms"}).matches(message, kNow));
}

TEST_CASE("the option --order is rejected when its value is not a UUID") {
  CHECK_THROWS_AS(filter_of({"--order", "7"}), esteira::cli::UsageError);
}
