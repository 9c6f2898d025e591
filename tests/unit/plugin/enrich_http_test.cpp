#include <catch2/catch.hpp>
#include <future>

#include "tests/support/wait.hpp"
#include "tests/unit/plugin/loaded.hpp"
#include "tests/unit/plugin/supplier.hpp"

namespace {

using Catch::Matchers::Contains;
using esteira::Outcome;
using esteira::testing::sample_message;
using plugin_test::answer;
using plugin_test::Supplier;

Outcome ask(const Supplier& supplier, const std::map<std::string, std::string>& given = {}) {
  std::map<std::string, std::string> settings = {{"URL", supplier.url()}, {"TIMEOUT", "20s"}};
  settings.insert(given.begin(), given.end());
  return plugin_test::make("enrich", settings)->run(sample_message("enrich"));
}

TEST_CASE("the supplier gets the order as JSON, with a key of its own") {
  const Supplier supplier(answer(200, R"({"score":7})"));
  CHECK(ask(supplier).data() == R"({"score":7})");
  REQUIRE(supplier.requests().size() == 1);
  const auto request = supplier.requests().front();
  CHECK_THAT(request, Catch::Matchers::StartsWith("POST /enrich HTTP/1.1\r\n"));
  CHECK_THAT(request, Contains("\r\nIdempotency-Key: " + sample_message("enrich").idempotency_key() + "\r\n"));
  CHECK_THAT(request, Contains("\r\nContent-Type: application/json\r\n"));
  CHECK_THAT(request, Contains(R"("items":[{"qty":2,"sku":"ABC","unit_price":"10.50"},)"));
}

TEST_CASE("a refusal of the order fails it") {
  const auto outcome = ask(Supplier(answer(422, "no")));
  CHECK(outcome.kind() == Outcome::Kind::fail);
  CHECK(outcome.reason() == "the supplier answered 422");
}

TEST_CASE("trouble of the supplier is worth another try") {
  for (const auto& said : {answer(500, ""), answer(408, ""), answer(429, ""), answer(302, ""), std::string("nonsense")})
    CHECK(ask(Supplier(said)).kind() == Outcome::Kind::retry);
}

TEST_CASE("an answer that is no JSON object is worth another try") {
  const auto deep = std::string(40, '[') + std::string(40, ']');
  for (const auto& body : {std::string("[1]"), std::string("{"), std::string(), R"({"a":)" + deep + "}"})
    CHECK_THAT(ask(Supplier(answer(200, body))).reason(), Contains("without a JSON object"));
}

TEST_CASE("an answer that is too large is not taken") {
  CHECK_THAT(ask(Supplier(answer(200, R"({"a":")" + std::string(70'000, 'x') + "\"}"))).reason(), Contains("64 KiB"));
}

TEST_CASE("a supplier that says nothing is given up in time") {
  const auto outcome = ask(Supplier(""), {{"TIMEOUT", "50ms"}});
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK_THAT(outcome.reason(), Contains("could not be asked"));
}

TEST_CASE("a supplier that is not there is worth another try") {
  const auto url = Supplier("").url();
  CHECK(plugin_test::make("enrich", {{"URL", url}})->run(sample_message()).kind() == Outcome::Kind::retry);
}

TEST_CASE("a stop ends the calls in flight") {
  const Supplier supplier("");
  const auto enrich = plugin_test::make("enrich", {{"URL", supplier.url()}, {"TIMEOUT", "1h"}});
  auto outcome = std::async(std::launch::async, [&] { return enrich->run(sample_message()); });
  CHECK(esteira::test::wait_until([&] { return !supplier.requests().empty(); }));
  enrich->context().request_stop();
  CHECK(outcome.get().reason() == "stopped while the supplier was asked");
}

TEST_CASE("an address that is none is refused as the stage is made") {
  CHECK_THROWS_WITH(plugin_test::make("enrich", {{"URL", "ftp://example.org"}}),
                    "URL should be an http:// or https:// address");
}

}  // namespace
