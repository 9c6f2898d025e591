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

TEST_CASE("a plugin with a timer is tested without waiting") {
  esteira::testing::TestContext context(esteira::testing::Timers::manual);
  const auto enrich = plugin_test::make("enrich", {{"DELAY", "1h"}});
  const auto call = enrich->start(sample_message(), context);
  context.advance(std::chrono::minutes(59));
  CHECK_FALSE(call->wait_for(std::chrono::milliseconds(0)));
  context.advance(std::chrono::minutes(1));
  REQUIRE(call->wait_for(std::chrono::milliseconds(0)));
  CHECK(call->wait_for(std::chrono::milliseconds(0))->kind() == Outcome::Kind::done);
  CHECK_THROWS_AS(plugin_test::make("process")->start(sample_message(), context), std::logic_error);
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
