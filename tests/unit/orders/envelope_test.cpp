#include "runtime/orders/envelope/envelope.hpp"

#include <catch2/catch.hpp>

using Catch::Contains;
using Catch::StartsWith;
using esteira::Message;
using esteira::Money;
using esteira::runtime::orders::MalformedEnvelope;
using esteira::runtime::orders::read_envelope;
using esteira::runtime::orders::write_envelope;

namespace {

constexpr const char* kId = "0b8a3f1e-7f0a-4a55-9d2e-6f1f2a3b4c5d";

std::string envelope_with(const std::string& members) {
  return R"({"order_id":")" + std::string(kId) + R"(","workflow":"default","customer_id":"7","items":[])" + members +
         "}";
}

}  // namespace

TEST_CASE("read_envelope returns the order that write_envelope wrote") {
  Message order;
  order.order_id = kId;
  order.workflow = "checkout";
  order.customer_id = "a \"quoted\" \\ \n ação";
  order.items = {{"ABC", 2, Money{1250}}, {"XYZ", 9'000'000'000, {}}};
  order.total = Money{-5};
  order.data["enrich"] = R"({"n":12345678901234567890,"deep":[{"a":null}]})";
  const auto read = read_envelope(write_envelope(order));
  CHECK(read.order_id == order.order_id);
  CHECK(read.workflow == order.workflow);
  CHECK(read.customer_id == order.customer_id);
  REQUIRE(read.items.size() == 2);
  CHECK(read.items[0].unit_price == Money{1250});
  CHECK(read.items[1].qty == 9'000'000'000);
  CHECK_FALSE(read.items[1].unit_price);
  CHECK(read.total == order.total);
  CHECK(read.data == order.data);
}

TEST_CASE("write_envelope copies a stage's data unchanged") {
  Message order;
  order.data["enrich"] = R"({"price": 1.10})";
  CHECK_THAT(write_envelope(order), Contains(R"("data":{"enrich":{"price": 1.10}})"));
}

TEST_CASE("write_envelope replaces a stage's earlier data") {
  Message order;
  order.total = Money{100};
  order.data = {{"enrich", R"({"old":1})"}, {"process", "{}"}};
  const auto written = write_envelope(order, {"enrich", R"({"new":1})", Money{200}});
  CHECK_THAT(written, Contains(R"("total":"2.00","data":{"process":{},"enrich":{"new":1}})"));
  CHECK(write_envelope(order, {"enrich", "", {}}) == write_envelope(order));
}

TEST_CASE("read_envelope returns a stage's data unchanged") {
  const auto order = read_envelope(envelope_with(R"(, "data" : {"a": { "b" : [ 1.10, {"c":"\u00e9}"} ] } , "d":{}})"));
  CHECK(order.data.at("a") == R"({ "b" : [ 1.10, {"c":"\u00e9}"} ] })");
  CHECK(order.data.at("d") == "{}");
}

TEST_CASE("the last of two equal members of an envelope counts") {
  const auto item = [](const std::string& members) {
    return envelope_with(R"(,"items":[{"sku":"a",)" + members + "}]");
  };
  const auto order = read_envelope(item(R"("qty":1},{"sku":"b","qty":2,"qty":3)"));
  REQUIRE(order.items.size() == 2);
  CHECK(order.items[1].qty == 3);
  CHECK(read_envelope(envelope_with(R"(,"data":{"a":{}},"data":{"b":{"x":1},"b":{"y":2}})")).data ==
        decltype(order.data){{"b", R"({"y":2})"}});
}

TEST_CASE("nested values of unknown members are ignored") {
  const auto order = read_envelope(
      envelope_with(R"(,"later":{"items":[7],"order_id":1},"items":[{"sku":"a","qty":1,"x":{"qty":0,"sku":[]}}])"));
  REQUIRE(order.items.size() == 1);
  CHECK(order.items[0].sku == "a");
}

TEST_CASE("unknown and null members of an envelope are ignored") {
  const auto order = read_envelope(envelope_with(R"(,"later":[1],"total":null,"data":null)"));
  CHECK_FALSE(order.total);
  CHECK(order.data.empty());
}

TEST_CASE("an order id in capitals is read in lower case") {
  auto body = envelope_with("");
  body.replace(body.find("0b8a3f1e"), 8, "0B8A3F1E");
  CHECK(read_envelope(body).order_id == kId);
}

TEST_CASE("the error for a malformed envelope names the member and the fault") {
  const auto [body, says] = GENERATE(table<std::string, std::string>({
      {"", "not valid JSON"},
      {"[]", "not a JSON object"},
      {"{}", "order_id: text is missing"},
      {R"({"order_id":"7"})", "order_id: not a UUID"},
      {envelope_with(R"(,"total":12.5)"), "total: not an amount"},
      {envelope_with(R"(,"items":{})"), "items: a list is missing"},
      {envelope_with(R"(,"items":[1])"), "items[0]: not an object"},
      {envelope_with(R"(,"items":[{"sku":"a","qty":0}])"), "items[0].qty"},
      {envelope_with(R"(,"items":[{"sku":"a","qty":1.5}])"), "items[0].qty"},
      {envelope_with(R"(,"items":[{"sku":"a","qty":18446744073709551615}])"), "items[0].qty"},
      {envelope_with(R"(,"items":[{"sku":"a","qty":1},{"qty":1}])"), "items[1].sku: text is missing"},
      {envelope_with(R"(,"items":[{"sku":"a"}])"), "items[0].qty"},
      {envelope_with(R"(,"items":[{"sku":"a","qty":[1]}])"), "items[0].qty"},
      {envelope_with(R"(,"items":[{"sku":{},"qty":1}])"), "items[0].sku: text is missing"},
      {envelope_with(R"(,"items":[[]])"), "items[0]: not an object"},
      {envelope_with(R"(,"workflow":null)"), "workflow: text is missing"},
      {envelope_with(R"(,"total":{})"), "total: not an amount"},
      {envelope_with(R"(,"data":{"enrich":[]})"), "data.enrich: not an object"},
      {envelope_with(R"(,"data":{"enrich":{"a":1e-1999}})"), "beyond what the database keeps"},
      {envelope_with(R"(,"items":[{"sku":"a","qty":1,"unit_price":"x"}])"), "items[0].unit_price: not an amount"},
      {envelope_with(R"(,"data":[])"), "data: not an object"},
      {envelope_with(R"(,"data":{"enrich":1})"), "data.enrich: not an object"},
      {envelope_with(R"(,"note":"\u0000")"), "\\u0000"},
      {envelope_with(",\"note\":\"\xFF\""), "UTF-8"},
  }));
  CAPTURE(body);
  CHECK_THROWS_AS(read_envelope(body), MalformedEnvelope);
  CHECK_THROWS_WITH(read_envelope(body), StartsWith(says) || Contains(says));
}

TEST_CASE("the error for a malformed envelope is one short line") {
  const auto named = [](const std::string& stage) { return envelope_with(R"(,"data":{")" + stage + R"(":1})"); };
  CHECK_THROWS_WITH(read_envelope(named("a\\n\\u0001b")), "data.a\\n\\u0001b: not an object");
  CHECK_THROWS_WITH(read_envelope(named(std::string(100'000, 's'))),
                    "data." + std::string(64, 's') + ": not an object");
}

TEST_CASE("a body nested too deep or larger than the limit is refused") {
  CHECK_THROWS_WITH(read_envelope(R"({"a":)" + std::string(3'000'000, '[')), Contains("nested deeper"));
  CHECK_THROWS_WITH(read_envelope(std::string(4 * 1024 * 1024 + 1, ' ')), Contains("longer than"));
}

TEST_CASE("data that a stage may return also fits an envelope") {
  std::string kept = R"({"a":)" + std::string(31, '[') + std::string(31, ']') + "}";
  REQUIRE(esteira::runtime::orders::json_object_fault(kept).empty());
  CHECK_NOTHROW(read_envelope(envelope_with(R"(,"data":{"enrich":)" + kept + "}")));
}
