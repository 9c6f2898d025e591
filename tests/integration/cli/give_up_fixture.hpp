#pragma once
#include <string>
#include <vector>

#include "runtime/orders/operations/give_up.hpp"
#include "runtime/orders/store/compensation.hpp"
#include "runtime/orders/workers/stage_registry.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

namespace esteira::test {

inline constexpr const char* kShipmentRefused = "shipment.refused";

/// Payment charges, shipping ships and fails, refund compensates. Nobody consumes the refused event of payment.
struct GiveUpFixture : CliFixture {
  GiveUpFixture() {
    add_stage("payment", {"order.created"}, "payment.approved", "paid", "payment.refused");
    add_stage("shipping", {"payment.approved"}, "shipment.requested", "shipped", kShipmentRefused);
    add_stage("finalize", {"shipment.requested"}, "order.completed", "completed", "");
    add_stage("refund", {kShipmentRefused, "order.cancelled"}, "refund.completed", "", "");
    declare(queue("shipping"));
    declare(queue("shipping") + ".dead");
    broker().declare_queue(queue("refund"), exchange(), kShipmentRefused);
  }
  ~GiveUpFixture() {
    broker().remove_queue(queue("refund"));
    broker().remove_exchange(exchange());
  }
  GiveUpFixture(const GiveUpFixture&) = delete;
  GiveUpFixture& operator=(const GiveUpFixture&) = delete;

  void add_stage(const std::string& stage, const std::vector<std::string>& consumes, const std::string& publishes,
                 const std::string& status, const std::string& refused) {
    runtime::orders::register_stage(session(),
                                    {exchange(), stage, consumes, {}, stage, "1", publishes, status, refused});
  }

  std::string paid() {
    auto id = place();
    done(id, "payment", "paid", "payment.approved", R"({"charge":"c-1"})");
    return id;
  }
  /// Paid, and its shipping failed after all attempts.
  std::string unshipped() {
    auto id = paid();
    fail(id, "shipping", "the carrier is away");
    put_dead_letter(id, "shipping", 0, "the carrier is away");
    return id;
  }
  /// The other side said no.
  void refuse(const std::string& id, const std::string& stage, const std::string& event) {
    auto result = failure_for(id, stage, "no");
    result.routing_key = event;
    record_one(session(), result);
  }

  [[nodiscard]] runtime::orders::GiveUp give_up_of(const std::string& id, int redrive = 0) const {
    auto letter = letter_of(id, "shipping");
    letter.redrive = redrive;
    letter.reason = "the carrier is away";
    return runtime::orders::make_give_up(letter, "", exchange(), kShipmentRefused);
  }
  std::string compensation_of(const std::string& id) {
    return database().value("select " + runtime::orders::compensation() + " from orders o where id = '" + id + "'");
  }
  std::string timeline_of(const std::string& stage) {
    return database().value(
        "select string_agg(outcome || coalesce(' ' || routing_key, ''), ',' order by created_at)"
        " from order_events where stage = '" +
        stage + "'");
  }
};

/// The summary that a command printed with --json.
inline nlohmann::json summary_of(const std::string& output) {
  const auto begin = output.find('{');
  return nlohmann::json::parse(output.substr(begin, output.find('\n', begin) - begin));
}

}  // namespace esteira::test
