#include <catch2/catch.hpp>

#include "tests/unit/plugin/loaded.hpp"

namespace {

using esteira::Outcome;
using esteira::testing::sample_message;

TEST_CASE("the simulated supplier gives the same answer for the same order") {
  const auto enrich = plugin_test::make("enrich", {{"DELAY", "1ms"}});
  const auto first = enrich->run(sample_message());
  CHECK(first.kind() == Outcome::Kind::done);
  CHECK_THAT(first.data(), Catch::Matchers::StartsWith(R"({"supplier":"simulated","score":)"));
  CHECK(enrich->run(sample_message()).data() == first.data());
}

TEST_CASE("the simulated supplier refuses a listed SKU on every attempt") {
  const auto enrich = plugin_test::make("enrich", {{"DELAY", "0s"}});
  auto message = sample_message();
  message.items.back().sku = "FAIL-ALWAYS";
  message.attempt = 3;
  const auto outcome = enrich->run(message);
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK(outcome.reason() == "the simulated supplier refuses FAIL-ALWAYS");
}

TEST_CASE("the simulated supplier refuses a listed SKU ending in -ONCE on the first attempt only") {
  const auto enrich = plugin_test::make("enrich", {{"DELAY", "0s"}, {"FAIL_SKUS", "SHY-ONCE"}});
  auto message = sample_message();
  message.items.front().sku = "SHY-ONCE";
  CHECK(enrich->run(message).kind() == Outcome::Kind::retry);
  message.attempt = 2;
  CHECK(enrich->run(message).kind() == Outcome::Kind::done);
}

TEST_CASE("the simulated supplier accepts a SKU that is not listed") {
  const auto enrich = plugin_test::make("enrich", {{"DELAY", "0s"}, {"FAIL_SKUS", ""}});
  auto message = sample_message();
  message.items.front().sku = "FAIL-ALWAYS";
  CHECK(enrich->run(message).kind() == Outcome::Kind::done);
}

}  // namespace
