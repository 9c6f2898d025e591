#include <cstdlib>
#include <esteira/testing.hpp>
#include <iostream>

namespace {

using esteira::Money;
using esteira::Outcome;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "failed: " << what << '\n';
  std::exit(EXIT_FAILURE);
}

}  // namespace

int main() {
  esteira::testing::PluginHarness plugin({{"PERCENT", "10"}, {"LEAST_CENTS", "500"}});
  auto order = esteira::testing::sample_message();
  expect(plugin.run(order).kind() == Outcome::Kind::fail, "an order without a total fails");

  order.total = Money{2000};
  const auto outcome = plugin.run(order);
  expect(outcome.kind() == Outcome::Kind::done, "an order with a total is done");
  expect(outcome.total() == Money{2200}, "the total is ten percent higher");
  expect(outcome.data() == R"({"surcharge":"2.00"})", "the surcharge is kept with the order");
  expect(plugin.context().counted("surcharges") == 1, "the surcharge is counted");

  order.total = Money{499};
  expect(plugin.run(order).reason() == "the order is below 5.00", "a small order is refused");
}
