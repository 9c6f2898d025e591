#include <catch2/catch.hpp>

#include "cli/dlq/dead_letters.hpp"

using esteira::cli::DeadLetterFilter;
using esteira::cli::QueuedDeadLetter;

namespace {

constexpr std::int64_t kNow = 1'000'000;

DeadLetterFilter filter_of(const esteira::cli::Arguments& arguments) {
  return DeadLetterFilter::from({arguments, {DeadLetterFilter::options(), {}}});
}

QueuedDeadLetter letter() {
  QueuedDeadLetter dead;
  dead.letter.order_id = "6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77";
  dead.letter.reason = "supplier away (attempt 4, the last)";
  dead.died_at = kNow - 3600;
  return dead;
}

}  // namespace

TEST_CASE("a filter without conditions wants every letter") { CHECK(filter_of({}).matches(letter(), kNow)); }

TEST_CASE("a filter wants the letters that fit all its conditions") {
  CHECK(filter_of({"--reason", "supplier", "--older", "1h"}).matches(letter(), kNow));
  CHECK_FALSE(filter_of({"--reason", "article"}).matches(letter(), kNow));
  CHECK_FALSE(filter_of({"--older", "61m"}).matches(letter(), kNow));
  CHECK(filter_of({"--order", "6F0C1B9E-5B1F-4A8E-9A54-0A3D2F4C1E77"}).matches(letter(), kNow));
  CHECK_FALSE(filter_of({"--order", "00000000-0000-4000-8000-000000000000"}).matches(letter(), kNow));
}

TEST_CASE("a letter of unknown age is not old") {
  auto dead = letter();
  dead.died_at = 0;
  CHECK_FALSE(filter_of({"--older", "1ms"}).matches(dead, kNow));
}

TEST_CASE("a filter's order is an id") { CHECK_THROWS_AS(filter_of({"--order", "7"}), esteira::cli::UsageError); }
