#include "cli/plugin/trial_order.hpp"

#include <catch2/catch.hpp>

#include "cli/command_line.hpp"

using esteira::Money;
using esteira::cli::read_trial_order;

TEST_CASE("an order to try may be the body of POST /orders, and has a total when every item has a price") {
  const auto order = read_trial_order(
      R"( {"customer_id":"1","items":[{"sku":"A","qty":3,"unit_price":"1.10"},{"sku":"B","qty":1,"unit_price":"0.05"}]})");
  CHECK(order.customer_id == "1");
  CHECK(order.workflow == "default");
  CHECK(order.order_id.size() == 36);
  CHECK(order.data.empty());
  CHECK(order.total == Money{335});
  CHECK_FALSE(read_trial_order(R"({"customer_id":"1","items":[{"sku":"A","qty":3}]})").total);
}

TEST_CASE("an order to try may have the members that a stage receives, with all digits") {
  const auto order = read_trial_order(
      R"({"order_id":"01a226fb-1124-741c-b3fe-7db9bf92bfec","workflow":"checkout","customer_id":"1","total":"7.00",)"
      R"("items":[{"sku":"A","qty":1,"unit_price":"1.00"}],"data":{"enrich":{"n":12345678901234567890123}}})");
  CHECK(order.order_id == "01a226fb-1124-741c-b3fe-7db9bf92bfec");
  CHECK(order.workflow == "checkout");
  CHECK(order.total == Money{700});
  CHECK(order.data.at("enrich") == R"({"n":12345678901234567890123})");
}

TEST_CASE("an order to try may have numbers in its data that no double holds") {
  const auto order = read_trial_order(R"({"customer_id":"1","items":[],"data":{"enrich":{"n":1e350}}})");
  CHECK(order.data.at("enrich") == R"({"n":1e350})");
}

TEST_CASE("a member that no order has is a mistake in an order to try, and is named") {
  const auto [order, text] = GENERATE(table<std::string, std::string>({
      {R"({"customer_id":"1","items":[{"sku":"A","qty":1,"price":"1.00"}]})",
       "an item has no member price; its members are sku, qty, unit_price"},
      {R"({"customer_id":"1","items":[{"sku":"A","qty":1}],"totals":"1.00"})",
       "an order has no member totals; its members are customer_id, items, total, workflow, data, order_id"},
  }));
  CHECK_THROWS_WITH(read_trial_order(order), Catch::Contains(text));
}

TEST_CASE("the data of earlier stages in an order to try may have any members") {
  CHECK_NOTHROW(read_trial_order(R"({"customer_id":"1","items":[],"data":{"enrich":{"price":{"items":[{"a":1}]}}}})"));
}

TEST_CASE("an order to try has no negative price") {
  CHECK_THROWS_AS(read_trial_order(R"({"customer_id":"1","items":[{"sku":"A","qty":1,"unit_price":"-1.00"}]})"),
                  esteira::cli::UsageError);
}

TEST_CASE("the total of an order to try cannot exceed what the database stores") {
  CHECK_NOTHROW(read_trial_order(R"({"customer_id":"1","items":[{"sku":"A","qty":1,"unit_price":"9999999999.99"}]})"));
  CHECK_THROWS_AS(
      read_trial_order(
          R"({"customer_id":"1","items":[{"sku":"A","qty":1,"unit_price":"9999999999.99"},{"sku":"A","qty":1,"unit_price":"0.01"}]})"),
      esteira::cli::UsageError);
  CHECK_THROWS_AS(
      read_trial_order(
          R"({"customer_id":"1","items":[{"sku":"A","qty":9223372036854775807,"unit_price":"9999999999.99"}]})"),
      esteira::cli::UsageError);
}
