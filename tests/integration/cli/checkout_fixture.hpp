#pragma once
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "runtime/orders/workers/stage_registry.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

namespace esteira::test {

/// Orders of 21.99 that are paid, shipped and completed, or refused and refunded.
struct CheckoutFixture : CliFixture {
  static constexpr const char* kCharge = R"({"charge":"c-1","amount":"21.99"})";
  static constexpr const char* kRefund = R"({"refund":"r-1","charge":"c-1","amount":"21.99"})";

  CheckoutFixture() {
    add_stage("payment", {"order.created"}, "payment.approved", "paid", "payment.refused");
    add_stage("shipping", {"payment.approved"}, "shipment.requested", "shipped", "shipment.refused");
    add_stage("finalize", {"shipment.requested"}, "order.completed", "completed", "");
    add_refund();
  }

  void add_stage(const std::string& stage, const std::vector<std::string>& consumes, const std::string& publishes,
                 const std::string& sets, const std::string& refused) {
    runtime::orders::register_stage(session(), {exchange(), stage, consumes, {}, stage, "1", publishes, sets, refused});
  }
  void add_refund(const std::vector<std::string>& consumes = {"shipment.refused", "order.cancelled"}) {
    add_stage("refund", consumes, "refund.completed", "", "");
  }
  void forget(const std::string& stage) {
    database().execute("delete from registered_stages where stage = '" + stage + "'");
  }

  std::string priced() {
    auto id = place();
    database().execute("update orders set total_amount = 21.99 where id = '" + id + "'");
    return id;
  }
  std::string paid(const std::string& charge = kCharge) {
    auto id = priced();
    done(id, "payment", "paid", "payment.approved", charge);
    return id;
  }
  void refuse(const std::string& id, const std::string& event = "shipment.refused") {
    auto result = failure_for(id, "shipping", "no such address");
    result.routing_key = event;
    record_one(session(), result);
  }
  std::string refused() {
    auto id = paid();
    refuse(id);
    return id;
  }
  /// Cancelled by shipping, after it was paid.
  std::string cancelled() {
    auto id = paid();
    REQUIRE(request_cancellation(session(), id).status == runtime::orders::CancelAnswer::Status::accepted);
    done(id, "shipping", "shipped", "shipment.requested");
    return id;
  }
  void refund(const std::string& id, const std::string& data = kRefund, int redrive = 0) {
    done(id, "refund", "", "refund.completed", data, redrive);
  }
  std::string refunded() {
    auto id = refused();
    refund(id);
    return id;
  }
  std::string completed(const std::string& charge = kCharge) {
    auto id = paid(charge);
    done(id, "shipping", "shipped", "shipment.requested");
    done(id, "finalize", "completed", "order.completed");
    return id;
  }

  void require_clean() {
    const auto report = audit();
    CAPTURE(report.dump());
    REQUIRE(report.at("clean") == true);
  }
  /// The finding of this check; null when there is none.
  static nlohmann::json finding_of(const nlohmann::json& report, const std::string& check) {
    for (const auto& finding : report.at("findings")) {
      if (finding.at("check") == check) return finding;
    }
    return nullptr;
  }
  static std::string first_detail(const nlohmann::json& finding) { return finding.at("orders").at(0).at("detail"); }
};

}  // namespace esteira::test
