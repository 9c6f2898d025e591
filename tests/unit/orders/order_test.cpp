#include "runtime/orders/store/order.hpp"

#include <catch2/catch.hpp>

using esteira::Money;
using esteira::runtime::orders::Order;
using esteira::runtime::orders::to_json;

TEST_CASE("to_json writes all members of an order") {
  Order order;
  order.id = "0b8a3f1e-7f0a-4a55-9d2e-6f1f2a3b4c5d";
  order.status = "failed";
  order.workflow = "default";
  order.customer_id = "7";
  order.items = {{"ABC", 2, Money{1250}}};
  order.total = Money{2500};
  order.failure_reason = "no \"stock\"";
  order.created_at = "2024-01-02T03:04:05.000006Z";
  order.updated_at = "2024-01-02T03:04:06.000000Z";
  order.enrichments = {{"enrich", R"({"z": 1, "a": 2})", ""}};
  order.timeline = {{"enrich", "failed", 4, 1, "no stock", "2024-01-02T03:04:06.000000Z", "result", ""}};
  CHECK(to_json(order) ==
        R"({"order_id":"0b8a3f1e-7f0a-4a55-9d2e-6f1f2a3b4c5d","status":"failed","workflow":"default",)"
        R"("customer_id":"7","items":[{"sku":"ABC","qty":2,"unit_price":"12.50"}],"total":"25.00",)"
        R"("failure_reason":"no \"stock\"","created_at":"2024-01-02T03:04:05.000006Z",)"
        R"("updated_at":"2024-01-02T03:04:06.000000Z","enrichments":{"enrich":{"z":1,"a":2}},)"
        R"("timeline":[{"at":"2024-01-02T03:04:06.000000Z","stage":"enrich","outcome":"failed","attempt":4,)"
        R"("detail":"no stock","redrive":1}]})");
}

TEST_CASE("to_json leaves out unknown members, but no list") {
  Order order;
  order.status = "pending";
  CHECK(to_json(order) == R"({"order_id":"","status":"pending","workflow":"","customer_id":"","items":[],)"
                          R"("created_at":null,"updated_at":null,"enrichments":{},"timeline":[]})");
}

TEST_CASE("to_json names the values that cannot be shown") {
  Order order;
  order.status = "pending";
  order.unreadable = {"/total", "/created_at"};
  CHECK_THAT(to_json(order), Catch::Contains(R"("created_at":null)") && !Catch::Contains("\"total\"") &&
                                 Catch::EndsWith(R"("timeline":[],"unreadable":["/total","/created_at"]})"));
}
