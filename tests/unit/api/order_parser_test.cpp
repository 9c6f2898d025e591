#include "api/order_parser.hpp"

#include <catch2/catch.hpp>

using esteira::api::OrderFault;
using esteira::api::OrderRequest;
using esteira::api::parse_order;

namespace {

/// The workflows default and checkout; checkout needs prices.
const esteira::runtime::Workflows& known_workflows() {
  static const auto workflows = esteira::runtime::Workflows::read(esteira::runtime::Config(
      esteira::runtime::kApi, {{"DATABASE_URL", "postgresql:///test"},
                               {"RABBITMQ_URL", "amqp://localhost"},
                               {"SECRET_TOKEN", "token"},
                               {"ESTEIRA_WORKFLOWS", "default=order.created,checkout=checkout.created"},
                               {"ESTEIRA_PRICED_WORKFLOWS", "checkout"}}));
  return workflows;
}

OrderRequest good(const std::string& body) {
  return std::get<OrderRequest>(parse_order(body, 1000, known_workflows()));
}
OrderFault bad(const std::string& body) { return std::get<OrderFault>(parse_order(body, 1000, known_workflows())); }
std::string hash_of(const std::string& body) {
  return esteira::api::order_hash(good(body), known_workflows().fallback());
}

/// The JSON pointers of the violations, in order.
std::vector<std::string> faults(const std::string& body) {
  std::vector<std::string> pointers;
  for (const auto& violation : bad(body).violations) pointers.push_back(violation.pointer);
  return pointers;
}

std::string with_item(const std::string& item) { return R"({"customer_id":"1","items":[)" + item + "]}"; }
std::string with_qty(const std::string& qty) { return with_item(R"({"sku":"A","qty":)" + qty + "}"); }
std::string with_price(const std::string& price) {
  return with_item(R"({"sku":"A","qty":2,"unit_price":)" + price + "}");
}

using Pointers = std::vector<std::string>;

}  // namespace

TEST_CASE("an order is parsed") {
  const auto order = good(R"({"customer_id": "123", "items": [{"sku": "ABC", "qty": 2}, {"sku": "XYZ", "qty": 1}]})");
  CHECK(order.customer_id == "123");
  REQUIRE(order.items.size() == 2);
  CHECK(order.items[0].sku == "ABC");
  CHECK(order.items[0].qty == 2);
  CHECK_FALSE(order.total.has_value());
}

TEST_CASE("the total is computed when every item has a price") {
  const auto priced = good(R"({"customer_id":"1","items":[{"sku":"A","qty":2,"unit_price":"12.5"},
                               {"sku":"B","qty":3,"unit_price":"0.10"}]})");
  REQUIRE(priced.total.has_value());
  CHECK(priced.total->text() == "25.30");
  CHECK_FALSE(good(R"({"customer_id":"1","items":[{"sku":"A","qty":2,"unit_price":"1"},{"sku":"B","qty":3}]})").total);
}

TEST_CASE("a body that is not JSON gives 400") {
  const auto body = GENERATE(values<std::string>(
      {"", " ", "{", R"({"customer_id":"1","items":[{"sku":"A","qty":1})", "nonsense", "{'a':1}", R"({"a":1,})",
       "{} {}", "{}\xff", "{\"a\":\"\xc3\"}", std::string("{}\0", 3), "{\"a\":\"\n\"}", R"({"a":"\ud800"})",
       R"({"a":01})", R"({"a":NaN})", "{\"customer_id\":\"\x01\"}"}));
  CHECK(bad(body).status == 400);
}

TEST_CASE("JSON that is not an object gives 422") {
  const auto* body = GENERATE("null", "[]", "1", "true", "\"text\"");
  CHECK(bad(body).status == 422);
  CHECK(faults(body) == Pointers{""});
}

TEST_CASE("a duplicate member is rejected with its JSON pointer") {
  CHECK(faults(R"({"customer_id":"1","customer_id":"2","items":[]})") == Pointers{"/customer_id"});
  CHECK(faults(R"({"customer_id":"1","items":[{"sku":"A","qty":1},{"qty":1,"qty":2}]})") == Pointers{"/items/1/qty"});
}

TEST_CASE("ten thousand nested arrays are rejected before the tree is built") {
  CHECK(bad(std::string(10'000, '[')).status == 400);
  CHECK(bad(std::string(10'000, '[') + std::string(10'000, ']')).status == 400);
  CHECK(bad(R"({"items":)" + std::string(10'000, '[')).status == 400);
}

TEST_CASE("a quantity is a whole number from 1 to a million") {
  const auto* qty = GENERATE("0", "-1", "1.5", "1.0", "1e2", "\"2\"", "null", "true", "[]", "1000001",
                             "9223372036854775807", "9223372036854775808", "18446744073709551615",
                             "18446744073709551616", "-9223372036854775808", "1e400", "-1e400");
  CHECK(faults(with_qty(qty)) == Pointers{"/items/0/qty"});
  CHECK(good(with_qty("1000000")).items[0].qty == 1'000'000);
}

TEST_CASE("an SKU is a string of 1 to 64 characters") {
  const auto sku = GENERATE(values<std::string>({"\"\"", "1", "null", '"' + std::string(65, 'x') + '"', R"("a\u0000b")",
                                                 R"("a\nb")", R"("\u0085")", R"("\u007f")"}));
  CHECK(faults(with_item(R"({"qty":1,"sku":)" + sku + "}")) == Pointers{"/items/0/sku"});
}

TEST_CASE("lengths are counted in characters, not bytes") {
  std::string long_name;
  for (int i = 0; i < 64; ++i) long_name += "é";
  CHECK(good(with_item(R"({"qty":1,"sku":")" + long_name + "\"}")).items[0].sku == long_name);
}

TEST_CASE("a customer id is a string of 1 to 128 characters") {
  const auto customer = GENERATE(values<std::string>({"\"\"", "123", "{}", '"' + std::string(129, 'x') + '"'}));
  CHECK(faults(R"({"items":[{"sku":"A","qty":1}],"customer_id":)" + customer + "}") == Pointers{"/customer_id"});
}

TEST_CASE("an order has 1 to max_items items") {
  const std::string item = R"({"sku":"A","qty":1})";
  std::string items = item;
  for (int i = 1; i < 1000; ++i) items += ',' + item;
  CHECK(good(with_item(items)).items.size() == 1000);
  CHECK(faults(with_item(items + ',' + item)) == Pointers{"/items"});
  CHECK(faults(with_item("")) == Pointers{"/items"});
  CHECK(faults(R"({"customer_id":"1","items":{}})") == Pointers{"/items"});
}

TEST_CASE("a price is a decimal amount as a string") {
  const auto* price = GENERATE("12.5", "0", "null", "\"\"", "\"-1\"", "\"-0\"", "\"1.234\"", "\"1,5\"", "\"1e3\"",
                               "\" 1\"", "\"NaN\"", "\"10000000000\"", "[]");
  CHECK(faults(with_price(price)) == Pointers{"/items/0/unit_price"});
}

TEST_CASE("a total too large for the database is rejected") {
  CHECK(faults(with_price("\"9999999999.99\"")) == Pointers{"/items"});
  std::string item = R"({"sku":"A","qty":1000000,"unit_price":"9999999999.99"})";
  CHECK(faults(with_item(item + ',' + item)) == Pointers{"/items"});
}

TEST_CASE("all violations of an order are listed") {
  CHECK(faults(R"({"extra/~1":1,"items":[{"sku":"","qty":0},7,{"sku":"A","qty":1,"colour":"red"}]})") ==
        Pointers{"/extra~1~01", "/customer_id", "/items/0/sku", "/items/0/qty", "/items/1", "/items/2/colour"});
}

TEST_CASE("at most 100 violations are listed") {
  std::string items = "0";
  for (int i = 1; i < 1000; ++i) items += ",0";
  CHECK(bad(with_item(items)).violations.size() == 100);
}

TEST_CASE("an order names its workflow, or gets the first one") {
  CHECK(good(with_item(R"({"sku":"A","qty":1})")).workflow->name == "default");
  const auto order =
      good(R"({"workflow":"checkout","customer_id":"1","items":[{"sku":"A","qty":1,"unit_price":"1"}]})");
  CHECK(order.workflow->name == "checkout");
  CHECK(order.workflow->first_event == "checkout.created");
  const auto* const workflow = GENERATE("\"other\"", "\"\"", "null", "1", "[]");
  const auto fault =
      bad(std::string(R"({"customer_id":"1","items":[{"sku":"A","qty":1}],"workflow":)") + workflow + "}");
  REQUIRE(fault.violations.size() == 1);
  CHECK(fault.violations[0].pointer == "/workflow");
  CHECK(fault.violations[0].detail == "must be one of these workflows: default, checkout");
}

TEST_CASE("a workflow with prices needs one for every item") {
  CHECK(faults(R"({"workflow":"checkout","customer_id":"1",
                   "items":[{"sku":"A","qty":1},{"sku":"B","qty":1,"unit_price":"1"},{"sku":"C","qty":1}]})") ==
        Pointers{"/items/0/unit_price", "/items/2/unit_price"});
}

TEST_CASE("a total is checked against the items, to the cent") {
  const auto order = [](const std::string& total) {
    return R"({"customer_id":"1","items":[{"sku":"A","qty":3,"unit_price":"0.10"},{"sku":"B","qty":1,"unit_price":"21"}],
               "total":)" +
           total + "}";
  };
  CHECK(good(order("\"21.3\"")).total->text() == "21.30");
  CHECK(bad(order("\"21.31\"")).violations.at(0).detail == "must be the sum of the items, 21.30");
  CHECK(faults(order("\"21.31\"")) == Pointers{"/total"});
  CHECK(faults(order("21.30")) == Pointers{"/total"});
  CHECK(faults(R"({"customer_id":"1","items":[{"sku":"A","qty":1}],"total":"1"})") == Pointers{"/total"});
}

TEST_CASE("the workflow counts for the hash, and the one that is named in vain does not") {
  const std::string rest = R"("customer_id":"1","items":[{"sku":"A","qty":2,"unit_price":"1"}]})";
  CHECK(hash_of("{" + rest) == hash_of(R"({"workflow":"default","total":"2",)" + rest));
  CHECK(hash_of("{" + rest) != hash_of(R"({"workflow":"checkout",)" + rest));
}

TEST_CASE("the same order in another spelling has the same hash") {
  const auto hash = hash_of(R"({"customer_id":"1","items":[{"sku":"A","qty":2,"unit_price":"12.50"}]})");
  CHECK(hash.size() == 32);
  CHECK(hash == hash_of(R"( {"items" : [ {"unit_price":"12.5", "qty":2, "sku":"\u0041"} ], "customer_id":"1"})"));
}

TEST_CASE("a different order has a different hash") {
  const auto hash = hash_of(R"({"customer_id":"1","items":[{"sku":"A","qty":2}]})");
  const auto* body = GENERATE(R"({"customer_id":"2","items":[{"sku":"A","qty":2}]})",
                              R"({"customer_id":"1","items":[{"sku":"A","qty":3}]})",
                              R"({"customer_id":"1","items":[{"sku":"B","qty":2}]})",
                              R"({"customer_id":"1","items":[{"sku":"A","qty":2,"unit_price":"0"}]})",
                              R"({"customer_id":"1","items":[{"sku":"A","qty":2},{"sku":"A","qty":2}]})");
  CHECK(hash != hash_of(body));
}
