#include <cstdlib>
#include <esteira/testing.hpp>
#include <iostream>

namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "failed: " << what << '\n';
  std::exit(EXIT_FAILURE);
}

}  // namespace

int main() {
  esteira::testing::PluginHarness plugin({{"CENTS_PER_POINT", "500"}, {"DOUBLE_SKUS", "GOLD"}});
  auto order = esteira::testing::sample_message();
  expect(plugin.run(order).data() == R"({"points":0})", "an order without a total gives no points");

  order.total = esteira::Money{2199};
  expect(plugin.run(order).data() == R"({"points":4})", "each full 5.00 of the total gives a point");
  expect(plugin.context().counted("points") == 4, "points are counted");

  order.items.front().sku = "GOLD";
  expect(plugin.run(order).data() == R"({"points":8})", "a SKU of DOUBLE_SKUS doubles the points");
}
