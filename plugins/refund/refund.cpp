#include <chrono>
#include <esteira/esteira.hpp>
#include <memory>
#include <string>
#include <utility>

#include "provider/creation.hpp"
#include "provider/settings.hpp"

namespace {

using esteira::Outcome;
using provider::Json;

Outcome never_charged() { return Outcome::done(R"({"amount":"0.00","reason":"never charged"})"); }

/// Gives the money back of an order that was paid for and comes to nothing: the charge that the payment stage has kept,
/// or else the one that the provider has for the key of that stage. An order that was never charged is done.
class Refund final : public esteira::AsyncStage {
 public:
  explicit Refund(const esteira::Settings& settings)
      : payment_stage_(settings.text("PAYMENT_STAGE")),
        settle_time_(settings.text("URL").empty() ? std::chrono::milliseconds(0) : settings.duration("SETTLE_TIME")),
        provider_(provider::make_provider(settings, "REFUND")) {}

  void start(esteira::Task task) override {
    const auto payment = provider::data_of(task.message(), payment_stage_);
    const auto charge = provider::text_of(payment, "charge");
    const auto amount = provider::text_of(payment, "amount");
    charge.empty() || amount.empty() ? find_charge(task, settle_time_) : refund(task, charge, amount);
  }

 private:
  /// The payment may have been on its way when the order was cancelled or given up. Its stage does not wait for an
  /// answer then, so the charge may still come after the provider has said that there is none: it is asked again after
  /// `settle_time`.
  void find_charge(const esteira::Task& task, std::chrono::milliseconds settle_time) {
    const auto path = "/charges?key=" + provider::url_encoded(task.message().order_id + ":" + payment_stage_);
    provider_->send(task, {path, "", ""}, [this, task, settle_time](const http_client::Result& result) {
      const auto status = provider::status_of(result);
      if (status == 404 && settle_time.count() > 0)
        return task.context().after(settle_time, [this, task] { find_charge(task, std::chrono::milliseconds(0)); });
      if (status == 404 || status == 402 || status == 422) return task.complete(never_charged());
      const auto charge = provider::object_of(result).value_or(Json::object());
      const auto id = provider::text_of(charge, "id");
      const auto amount = provider::text_of(charge, "amount");
      id.empty() || amount.empty() ? task.complete(provider::retry_after(result)) : refund(task, id, amount);
    });
  }

  void refund(const esteira::Task& task, const std::string& charge, const std::string& amount) {
    provider::Creation::start(
        *provider_, task, "/refunds", provider::text_object({{"amount", amount}, {"charge", charge}}),
        [charge, amount](const Json& refund) {
          if (esteira::Money::parse(provider::text_of(refund, "amount")) != esteira::Money::parse(amount))
            return Outcome::retry("the provider has another amount for this refund than " + amount);
          return Outcome::done(provider::text_object(
              {{"amount", amount}, {"charge", charge}, {"refund", provider::text_of(refund, "id")}}));
        });
  }

  const std::string payment_stage_;
  const std::chrono::milliseconds settle_time_;  ///< 0 for the simulated provider, which has no charge on its way
  const std::unique_ptr<provider::Provider> provider_;
};

}  // namespace

using esteira::SettingType;

ESTEIRA_PLUGIN(Refund, {.name = "refund",
                        .version = "1.0.0",
                        .consumes = {"shipment.refused", "shipment.lost", "order.cancelled"},
                        .publishes = "refund.completed",
                        .settings = {provider::kUrl,
                                     provider::kToken,
                                     provider::kTokenFile,
                                     provider::kCaFile,
                                     provider::kTimeout,
                                     provider::kDelay,
                                     {"PAYMENT_STAGE", SettingType::text, "payment",
                                      "name of the stage that charges: its data has the charge"},
                                     {"SETTLE_TIME", SettingType::duration, "15s",
                                      "time until a provider that knows no charge is asked again: longer than "
                                      "PAYMENT_TIMEOUT, shorter than ESTEIRA_HANDLER_TIMEOUT"}}});
