// The stages of the checkout workflow: payment, shipping, delivery and refund.
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/support/http_service.hpp"
#include "tests/support/socket.hpp"
#include "tests/unit/plugin/loaded.hpp"

namespace {

using Catch::Contains;
using esteira::Message;
using esteira::Money;
using esteira::Outcome;
using esteira::test::http_response;
using esteira::test::HttpService;
using esteira::test::ServiceReply;
using esteira::test::ServiceRequest;
using esteira::test::Socket;
using nlohmann::json;
using std::chrono::milliseconds;

Message checkout_order(const std::string& stage, const std::string& sku = "ABC") {
  auto message = esteira::testing::sample_message(stage);
  message.workflow = "checkout";
  message.items.front().sku = sku;
  message.total = Money{2199};
  return message;
}

Outcome simulated(const std::string& stage, const Message& message) {
  return plugin_test::make(stage, {{"DELAY", "0s"}})->run(message);
}

/// Responses by the method and target of a request.
using Answers = std::map<std::string, std::string>;

/// A service with scripted answers; any other request is answered with 404, and so are the first `unknown` requests.
class ScriptedProvider {
 public:
  explicit ScriptedProvider(Answers answers, int unknown = 0)
      : answers_(std::move(answers)),
        unknown_(unknown),
        service_([this](const ServiceRequest& request) { return answer(request); }) {}

  Outcome run(const std::string& stage, const Message& message) {
    const auto url = "http://127.0.0.1:" + std::to_string(service_.port()) + "/v1/";
    std::map<std::string, std::string> settings{{"URL", url}, {"TOKEN", "secret"}};
    if (stage == "refund") settings["SETTLE_TIME"] = "1ms";
    return plugin_test::make(stage, settings)->run(message);
  }
  std::vector<std::string> requests() const {
    std::vector<std::string> names;
    for (const auto& request : service_.requests()) names.push_back(name_of(request));
    return names;
  }
  ServiceRequest request(std::size_t index) const { return service_.requests().at(index); }

 private:
  static std::string name_of(const ServiceRequest& request) {
    return (request.body.empty() ? "GET " : "POST ") + request.target;
  }
  ServiceReply answer(const ServiceRequest& request) {
    const auto found = unknown_-- > 0 ? answers_.end() : answers_.find(name_of(request));
    return {found == answers_.end() ? http_response(404, R"({"title":"not found"})") : found->second};
  }

  const Answers answers_;
  std::atomic<int> unknown_;
  HttpService service_;
};

using Names = std::vector<std::string>;

constexpr const char* kPaymentKey = "5f2b8c1e-7d43-4a96-9a57-0c1d2e3f4a5b:payment";
constexpr const char* kAskCharge = "GET /v1/charges?key=5f2b8c1e-7d43-4a96-9a57-0c1d2e3f4a5b%3Apayment";
constexpr const char* kAskRefund = "GET /v1/refunds?key=5f2b8c1e-7d43-4a96-9a57-0c1d2e3f4a5b%3Arefund";
constexpr const char* kCharged = R"({"id":"ch_1","amount":"21.99"})";

Message refused_order() {
  auto message = checkout_order("refund");
  message.data = {{"payment", R"({"charge":"ch_1","amount":"21.99"})"}, {"shipping", R"({"refused":"no"})"}};
  return message;
}

}  // namespace

TEST_CASE("the simulated providers charge, ship, deliver and refund") {
  const auto charge = json::parse(simulated("payment", checkout_order("payment")).data());
  CHECK(charge.at("amount") == "21.99");
  CHECK(json::parse(simulated("payment", checkout_order("payment")).data()) == charge);
  auto order = checkout_order("delivery");
  order.data["shipping"] = simulated("shipping", checkout_order("shipping")).data();
  CHECK(simulated("delivery", order).kind() == Outcome::Kind::snooze);
  order.data["shipping"] = R"({"shipment":"sim-1"})";
  CHECK(simulated("delivery", order).kind() == Outcome::Kind::done);
  order.items.front().sku = "DELIVERY-LOST";
  CHECK(simulated("delivery", order).reason() == "the carrier reports the parcel as lost");
  const auto refund = json::parse(simulated("refund", refused_order()).data());
  CHECK(refund.at("charge") == "ch_1");
  CHECK(refund.at("amount") == "21.99");
}

TEST_CASE("a simulated shipment arrives after the transit time that is set") {
  auto order = checkout_order("delivery");
  order.data["shipping"] = simulated("shipping", checkout_order("shipping")).data();
  const auto looked_at = [&order](const char* transit) {
    return plugin_test::make("delivery", {{"DELAY", "0s"}, {"TRANSIT", transit}})->run(order);
  };
  CHECK(looked_at("0s").kind() == Outcome::Kind::done);
  CHECK(looked_at("1h").kind() == Outcome::Kind::snooze);
}

TEST_CASE("a simulated provider refuses, fails once and does not answer, as the SKUs ask for") {
  const auto [stage, name] =
      GENERATE(table<std::string, std::string>({{"payment", "PAYMENT"}, {"shipping", "SHIPPING"}}));
  CHECK(simulated(stage, checkout_order(stage, name + "-REFUSE")).kind() == Outcome::Kind::fail);
  for (const auto* fault : {"-FAIL-ONCE", "-TIMEOUT-BEFORE", "-TIMEOUT-AFTER"}) {
    auto order = checkout_order(stage, name + fault);
    CHECK(simulated(stage, order).kind() == Outcome::Kind::retry);
    order.attempt = 2;
    CHECK(simulated(stage, order).kind() == Outcome::Kind::done);
  }
}

TEST_CASE("a simulated charge that had no answer is found by its key, also by the refund") {
  auto order = checkout_order("payment", "PAYMENT-TIMEOUT-AFTER");
  order.attempt = 2;
  const auto charge = json::parse(simulated("payment", order).data()).at("charge");
  CHECK(json::parse(simulated("refund", checkout_order("refund", "PAYMENT-TIMEOUT-AFTER")).data()).at("charge") ==
        charge);
  CHECK(json::parse(simulated("refund", checkout_order("refund")).data()) ==
        json{{"amount", "0.00"}, {"reason", "never charged"}});
}

TEST_CASE("an order without a total is refused, and one of nothing is not charged") {
  auto order = checkout_order("payment");
  order.total.reset();
  CHECK(simulated("payment", order).kind() == Outcome::Kind::fail);
  order.total = Money{0};
  CHECK(simulated("payment", order).data() == R"({"amount":"0.00"})");
}

TEST_CASE("the first attempt of a payment sends the charge with its key") {
  ScriptedProvider provider(Answers{{"POST /v1/charges", http_response(201, kCharged)}});
  const auto outcome = provider.run("payment", checkout_order("payment"));
  CHECK(json::parse(outcome.data()) == json{{"charge", "ch_1"}, {"amount", "21.99"}});
  REQUIRE(provider.requests() == Names{"POST /v1/charges"});
  const auto request = provider.request(0);
  CHECK(request.headers.at("idempotency-key") == kPaymentKey);
  CHECK(request.headers.at("authorization") == "Bearer secret");
  CHECK(json::parse(request.body).at("amount") == "21.99");
}

TEST_CASE("requests to a provider carry any text of an order unchanged") {
  for (const auto* text : {R"(q"uo\te)", "line\nend\x7F", "caf\xC3\xA9 \xF0\x9F\x9B\x92", ""}) {
    CAPTURE(text);
    auto order = checkout_order("shipping");
    order.customer_id = text;
    order.items = {{text, 2, {}}, {"ABC", 9'007'199'254'740'993, {}}};
    ScriptedProvider carrier(Answers{{"POST /v1/shipments", http_response(201, json{{"id", text}, {"x", 1}}.dump())}});
    const auto outcome = carrier.run("shipping", order);
    const auto sent = json::parse(carrier.request(0).body);
    CHECK(sent == json{{"order_id", order.order_id},
                       {"customer_id", text},
                       {"items", {{{"sku", text}, {"qty", 2}}, {{"sku", "ABC"}, {"qty", 9'007'199'254'740'993}}}}});
    if (*text != '\0') CHECK(json::parse(outcome.data()) == json{{"shipment", text}});
  }
}

TEST_CASE("a later attempt asks for the charge by its key, and sends it only when it is unknown") {
  auto order = checkout_order("payment");
  SECTION("of a retry") { order.attempt = 2; }
  SECTION("of a redrive") { order.redrive = 1; }
  ScriptedProvider knows(Answers{{kAskCharge, http_response(200, kCharged)}});
  CHECK(knows.run("payment", order).kind() == Outcome::Kind::done);
  CHECK(knows.requests() == Names{kAskCharge});
  ScriptedProvider does_not_know(Answers{{"POST /v1/charges", http_response(201, kCharged)}});
  CHECK(does_not_know.run("payment", order).kind() == Outcome::Kind::done);
  CHECK(does_not_know.requests() == Names{kAskCharge, "POST /v1/charges"});
  CHECK(does_not_know.request(1).headers.at("idempotency-key") == kPaymentKey);
  ScriptedProvider is_down(
      Answers{{kAskCharge, http_response(500)}, {"POST /v1/charges", http_response(201, kCharged)}});
  CHECK(is_down.run("payment", order).kind() == Outcome::Kind::retry);
  CHECK(is_down.requests() == Names{kAskCharge});
}

TEST_CASE(
    "the first attempt of an old order asks too, because a probe of the circuit breaker may have sent the charge") {
  auto order = checkout_order("payment");
  order.order_id = "01a22000-b29e-710b-a32d-4e8b2489314e";  // of 28 November 2026
  const std::string ask = "GET /v1/charges?key=" + order.order_id + "%3Apayment";
  ScriptedProvider knows(Answers{{ask, http_response(200, kCharged)}});
  CHECK(knows.run("payment", order).kind() == Outcome::Kind::done);
  CHECK(knows.requests() == Names{ask});
}

TEST_CASE("a declined charge is a refusal, and everything that is not understood is tried again") {
  const auto outcome_of = [](const std::string& answer) {
    return ScriptedProvider(Answers{{"POST /v1/charges", answer}}).run("payment", checkout_order("payment"));
  };
  const auto declined = outcome_of(http_response(402, R"({"title":"card declined"})"));
  CHECK(declined.kind() == Outcome::Kind::fail);
  CHECK(declined.reason() == "card declined");
  CHECK(outcome_of(http_response(422)).reason() == "the provider answered 422");
  for (const auto status : {400, 401, 404, 409, 500, 301})
    CHECK(outcome_of(http_response(status)).kind() == Outcome::Kind::retry);
  CHECK(outcome_of(http_response(429, "", "Retry-After: 7\r\n")).delay() == milliseconds(7000));
  CHECK(outcome_of(http_response(503, "", "Retry-After: 3\r\n")).delay() == milliseconds(3000));
  for (const auto* body : {"", "[]", "{}", R"({"id":1})", "nonsense"})
    CHECK(outcome_of(http_response(200, body)).kind() == Outcome::Kind::retry);
  CHECK_THAT(outcome_of(http_response(200, R"({"id":"ch_1","amount":"21.98"})")).reason(), Contains("another amount"));
}

TEST_CASE("a charge that was given up is not sent on to a provider that accepts its connection later") {
  const auto provider = Socket::listen(0);
  const auto url = "http://127.0.0.1:" + std::to_string(provider.port());
  const auto payment = plugin_test::make("payment", {{"URL", url}, {"TIMEOUT", "50ms"}});
  CHECK(payment->run(checkout_order("payment")).kind() == Outcome::Kind::retry);
  const Socket connection(::accept(provider.get(), nullptr, nullptr));
  std::array<char, 4096> bytes{};
  ssize_t got = 1;
  while (got > 0) got = ::recv(connection.get(), bytes.data(), bytes.size(), 0);
  CHECK(got == -1);
  CHECK(errno == ECONNRESET);
}

TEST_CASE("a refund gives back the charge that the payment has kept") {
  ScriptedProvider provider(Answers{{"POST /v1/refunds", http_response(201, R"({"id":"re_1","amount":"21.99"})")}});
  const auto outcome = provider.run("refund", refused_order());
  CHECK(json::parse(outcome.data()) == json{{"refund", "re_1"}, {"charge", "ch_1"}, {"amount", "21.99"}});
  REQUIRE(provider.requests() == Names{"POST /v1/refunds"});
  CHECK(json::parse(provider.request(0).body) == json{{"charge", "ch_1"}, {"amount", "21.99"}});
}

TEST_CASE("a refund without a charge asks for one by the key of the payment") {
  ScriptedProvider provider(Answers{{kAskCharge, http_response(200, kCharged)},
                                    {"POST /v1/refunds", http_response(201, R"({"id":"re_1","amount":"21.99"})")}});
  CHECK(provider.run("refund", checkout_order("refund")).kind() == Outcome::Kind::done);
  CHECK(provider.requests() == Names{kAskCharge, "POST /v1/refunds"});
  ScriptedProvider never(Answers{});
  CHECK_THAT(never.run("refund", checkout_order("refund")).data(), Contains("never charged"));
  CHECK(never.requests() == Names{kAskCharge, kAskCharge});
  ScriptedProvider down(Answers{{kAskCharge, http_response(503)}});
  CHECK(down.run("refund", checkout_order("refund")).kind() == Outcome::Kind::retry);
}

TEST_CASE("a charge that the provider makes after it was asked for is refunded") {
  ScriptedProvider provider(Answers{{kAskCharge, http_response(200, kCharged)},
                                    {"POST /v1/refunds", http_response(201, R"({"id":"re_1","amount":"21.99"})")}},
                            1);
  CHECK_THAT(provider.run("refund", checkout_order("refund")).data(), Contains("re_1"));
  CHECK(provider.requests() == Names{kAskCharge, kAskCharge, "POST /v1/refunds"});
}

TEST_CASE("a later attempt of a refund asks for it by its key") {
  auto order = refused_order();
  order.attempt = 2;
  ScriptedProvider provider(Answers{{kAskRefund, http_response(200, R"({"id":"re_1","amount":"21.99"})")}});
  CHECK(provider.run("refund", order).kind() == Outcome::Kind::done);
  CHECK(provider.requests() == Names{kAskRefund});
}

TEST_CASE("a delivery is snoozed until the parcel has arrived or is lost") {
  auto order = checkout_order("delivery");
  order.data["shipping"] = R"({"shipment":"sh/1"})";
  const auto outcome_of = [&order](const std::string& answer) {
    return ScriptedProvider(Answers{{"GET /v1/shipments/sh%2F1", answer}}).run("delivery", order);
  };
  const auto waits = outcome_of(http_response(200, R"({"status":"in transit"})"));
  CHECK(waits.kind() == Outcome::Kind::snooze);
  CHECK(waits.delay() == milliseconds(15 * 60'000));
  CHECK(outcome_of(http_response(200, R"({"status":"packed"})", "Retry-After: 60\r\n")).delay() ==
        milliseconds(60'000));
  CHECK(outcome_of(http_response(200, R"({"status":"delivered"})")).kind() == Outcome::Kind::done);
  CHECK(outcome_of(http_response(200, R"({"status":"lost"})")).kind() == Outcome::Kind::fail);
  CHECK(outcome_of(http_response(200, R"({"status":"returned"})")).kind() == Outcome::Kind::fail);
  CHECK(outcome_of(http_response(404)).kind() == Outcome::Kind::retry);
  order.data.clear();
  CHECK_THAT(outcome_of("").reason(), Contains("has no shipment"));
}
