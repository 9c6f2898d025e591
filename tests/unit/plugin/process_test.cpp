#include <catch2/catch.hpp>

#include "tests/unit/plugin/loaded.hpp"

namespace {

using esteira::Outcome;
using esteira::testing::sample_message;

TEST_CASE("process completes an order with items and counts its units") {
  const auto process = plugin_test::make("process");
  CHECK(process->run(sample_message()).kind() == Outcome::Kind::done);
  CHECK(process->context().counted("units") == 3);
}

TEST_CASE("process fails an order without items") {
  auto message = sample_message();
  message.items.clear();
  CHECK(plugin_test::make("process")->run(message).kind() == Outcome::Kind::fail);
}

}  // namespace
