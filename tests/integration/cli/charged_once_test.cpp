// What the audit reads of charges and refunds.
#include <catch2/catch.hpp>

#include "tests/integration/cli/checkout_fixture.hpp"

namespace {

using Catch::Contains;
using esteira::test::CheckoutFixture;

struct ChargedFixture : CheckoutFixture {
  /// Of the only order that breaks the rule. Repair has nothing to send.
  std::string violation() {
    const auto report = audit({"--repair"});
    CAPTURE(report.dump());
    const auto finding = finding_of(report, "charged_once");
    REQUIRE(finding.is_object());
    CHECK(report.at("repaired") == 0);
    CHECK(outbox().empty());
    return first_detail(finding);
  }
};

std::string change(const std::string& stage, const std::string& data) {
  return "update order_enrichments set data = " + data + " where stage = '" + stage + "'";
}

}  // namespace

TEST_CASE_METHOD(ChargedFixture, "the audit finds each kind of damage to a charge and its refund") {
  const auto [error, detail] = GENERATE(table<std::string, std::string>({
      {"insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, status) "
       "select id, 'billing', 0, 'result', 'done', 1, 'paid' from orders",
       "was paid 2 times, by billing, payment"},
      {"insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, status) "
       "select id, 'payment', -1, 'result', 'done', 1, 'paid' from orders",
       "was paid 2 times, by payment, payment"},
      {"update orders set total_amount = 20", "payment charged 21.99, and the total is 20.00"},
      {"update orders set total_amount = null", "payment charged 21.99, and the total is unknown"},
      {change("payment", R"(data || '{"amount":"2199"}')"), "payment charged 2199, and the total is 21.99"},
      {change("payment", R"(data || '{"amount":"much"}')"), "payment charged much, and the total is 21.99"},
      {change("payment", "data - 'charge'"), "payment charged 21.99 and kept no charge"},
      {change("refund", R"(data || '{"amount":"1.00"}')"),
       "refund refunded 1.00 of charge c-1, and payment charged 21.99 with charge c-1"},
      {change("refund", R"(data || '{"amount":"much"}')"), "refund refunded much of charge c-1"},
      {change("refund", R"(data || '{"charge":"c-2"}')"),
       "refund refunded 21.99 of charge c-2, and payment charged 21.99 with charge c-1"},
      {change("refund", R"('{"amount":"0.00","reason":"never charged"}')"),
       "refund refunded 0.00, and payment charged 21.99 with charge c-1"},
      {R"(insert into order_enrichments (order_id, stage, data) select id, 'goodwill', '{"refund":"r-2"}' from orders)",
       "was refunded 2 times, by goodwill, refund"},
      {"update orders set status = 'completed', failure_reason = null", "is completed, and refund refunded 21.99"},
  }));
  age(refunded());
  require_clean();
  database().execute(error);
  CHECK_THAT(violation(), Contains(detail));
}

TEST_CASE_METHOD(ChargedFixture, "the audit finds a charge that two orders have") {
  age(completed());
  age(completed(R"({"charge":"c-2","amount":"21.99"})"));
  require_clean();
  database().execute(change("payment", R"(data || '{"charge":"c-1"}')"));
  CHECK(violation() == "charge c-1 of payment is that of 2 orders");
}

TEST_CASE_METHOD(ChargedFixture, "a charge that only the provider knows is given back in full, or there was none") {
  auto id = priced();
  REQUIRE(esteira::test::request_cancellation(session(), id).status ==
          esteira::runtime::orders::CancelAnswer::Status::accepted);
  esteira::test::record_one(session(), esteira::test::cancelled_for(id, "payment"));
  SECTION("it was charged") {
    refund(id);
    age(id);
    require_clean();
    database().execute(change("refund", R"(data || '{"amount":"1.00"}')"));
    CHECK(violation() == "refund refunded 1.00 of charge c-1, and the total is 21.99");
  }
  SECTION("it was not") {
    refund(id, R"({"amount":"0.00","reason":"never charged"})");
    age(id);
    require_clean();
  }
}

TEST_CASE_METHOD(ChargedFixture, "an order of 0.00 needs no charge, and a stage that keeps nothing is not compared") {
  auto free = priced();
  database().execute("update orders set total_amount = 0");
  done(free, "payment", "paid", "payment.approved", R"({"amount":"0.00"})");
  refuse(free);
  refund(free, R"({"amount":"0.00","reason":"never charged"})");
  age(free);
  const auto other = paid(R"({"receipt":"17"})");
  refuse(other);
  refund(other, "{}");
  age(other);
  require_clean();
}
