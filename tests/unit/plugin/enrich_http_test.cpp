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
  for (const auto& [key, value] : given) settings[key] = value;
  return plugin_test::make("enrich", settings)->run(sample_message("enrich"));
}

TEST_CASE("enrich posts the order as JSON with an idempotency key") {
  const Supplier supplier(answer(200, R"({"score":7})"));
  CHECK(ask(supplier).data() == R"({"score":7})");
  REQUIRE(supplier.requests().size() == 1);
  const auto request = supplier.requests().front();
  CHECK_THAT(request, Catch::Matchers::StartsWith("POST /enrich HTTP/1.1\r\n"));
  CHECK_THAT(request, Contains("\r\nIdempotency-Key: " + sample_message("enrich").idempotency_key() + "\r\n"));
  CHECK_THAT(request, Contains("\r\nContent-Type: application/json\r\n"));
  CHECK_THAT(request, Contains(R"("items":[{"qty":2,"sku":"ABC","unit_price":"10.50"},)"));
}

TEST_CASE("a 4xx response of the supplier fails the order") {
  const auto outcome = ask(Supplier(answer(422, "no")));
  CHECK(outcome.kind() == Outcome::Kind::fail);
  CHECK(outcome.reason() == "the supplier answered 422");
}

TEST_CASE("a 5xx, 408, 429, 3xx or invalid response of the supplier is a retry") {
  for (const auto& response :
       {answer(500, ""), answer(408, ""), answer(429, ""), answer(302, ""), std::string("nonsense")})
    CHECK(ask(Supplier(response)).kind() == Outcome::Kind::retry);
}

TEST_CASE("a supplier response that is not a JSON object is a retry") {
  for (const auto* body : {"[1]", "null", "", " "})
    CHECK_THAT(ask(Supplier(answer(200, body))).reason(), Contains("without a JSON object"));
}

TEST_CASE("enrich passes a supplier's numbers on with all their digits") {
  const std::string body = R"({"n":12345678901234567890123,"huge":1e350,"tiny":1e-350})";
  CHECK(ask(Supplier(answer(200, body))).data() == body);
}

TEST_CASE("a supplier response above 64 KiB is a retry") {
  CHECK_THAT(ask(Supplier(answer(200, R"({"a":")" + std::string(70'000, 'x') + "\"}"))).reason(), Contains("64 KiB"));
}

TEST_CASE("a supplier that does not respond within the timeout is a retry") {
  const auto outcome = ask(Supplier(""), {{"TIMEOUT", "50ms"}});
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK_THAT(outcome.reason(), Contains("request to the supplier failed"));
}

TEST_CASE("an unreachable supplier is a retry") {
  const auto url = Supplier("").url();
  CHECK(plugin_test::make("enrich", {{"URL", url}})->run(sample_message()).kind() == Outcome::Kind::retry);
}

TEST_CASE("a shutdown aborts requests to the supplier") {
  const Supplier supplier("");
  const auto enrich = plugin_test::make("enrich", {{"URL", supplier.url()}, {"TIMEOUT", "1h"}});
  auto outcome = std::async(std::launch::async, [&] { return enrich->run(sample_message()); });
  CHECK(esteira::test::wait_until([&] { return !supplier.requests().empty(); }));
  enrich->context().request_stop();
  CHECK(outcome.get().reason() == "the host stopped during the request to the supplier");
}

TEST_CASE("an invalid supplier URL is refused when the stage is created") {
  CHECK_THROWS_WITH(plugin_test::make("enrich", {{"URL", "ftp://example.org"}}),
                    "URL should be an http:// or https:// address, or unix:/path/of/the/socket");
}

}  // namespace
