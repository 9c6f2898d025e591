#include <catch2/catch.hpp>

#include "runtime/orders/store/order_reader.hpp"
#include "tests/integration/orders/order_fixture.hpp"

namespace {

using esteira::runtime::orders::read_orders;
using esteira::runtime::orders::TerminalCheck;
using esteira::test::failure_for;
using esteira::test::place_order;
using esteira::test::record_one;
using esteira::test::request_cancellation;
using esteira::test::result_for;

/// The stage `refund` gets refused shipments and cancelled orders, and `mail` gets all approved payments.
struct Compensation {
  esteira::test::TestDatabase database;
  esteira::test::OrderSession session{database};
  std::string order = place_order(session);

  Compensation() {
    database.execute(
        "insert into registered_stages (exchange, stage, retry_delays, consumes, binding_keys, more_keys) values"
        " ('orders', 'refund', '{}', 'shipment.refused', '{shipment.refused}', '{order.cancelled}'),"
        " ('orders', 'mail', '{}', 'payment.approved', '{payment.approved}', '{}')");
  }
  void pay() {
    auto paid = result_for(order, "payment", "paid");
    paid.routing_key = "payment.approved";
    record_one(session, paid);
  }
  void refuse_shipment() {
    auto refusal = failure_for(order, "shipping", "no such address");
    refusal.routing_key = "shipment.refused";
    record_one(session, refusal);
  }
  std::string compensation() { return read_orders(session, {order}, TerminalCheck::skip).at(0).value().compensation; }
};

TEST_CASE_METHOD(Compensation, "a paid order that is refused is owed its compensation until a stage has undone it") {
  pay();
  CHECK(compensation().empty());
  refuse_shipment();
  CHECK(compensation() == "owed");
  record_one(session, result_for(order, "mail"));
  CHECK(compensation() == "owed");
  record_one(session, failure_for(order, "refund", "the provider is away"));
  CHECK(compensation() == "owed");
  SECTION("a redrive does it") {
    database.execute("update orders set redrives = 1");
    auto refund = result_for(order, "refund");
    refund.redrive = 1;
    record_one(session, refund);
    CHECK(compensation() == "done");
  }
  SECTION("a stage does it that is not registered any more") {
    record_one(session, result_for(order, "refund-by-hand"));
    CHECK(compensation() == "done");
  }
}

TEST_CASE_METHOD(Compensation, "a paid order that is cancelled is owed its compensation until a stage has undone it") {
  pay();
  request_cancellation(session, order);
  record_one(session, result_for(order, "shipping", "shipped"));
  CHECK(compensation() == "owed");
  record_one(session, result_for(order, "refund"));
  CHECK(compensation() == "done");
}

TEST_CASE_METHOD(Compensation, "an order that was not paid, or has a dead letter, is owed no compensation") {
  SECTION("refused") {
    refuse_shipment();
    record_one(session, result_for(order, "refund"));
  }
  SECTION("cancelled") {
    request_cancellation(session, order);
    record_one(session, result_for(order, "payment"));
  }
  SECTION("failed after the payment") {
    pay();
    record_one(session, failure_for(order, "shipping", "the carrier is away"));
  }
  CHECK(compensation() == "none");
}

}  // namespace
