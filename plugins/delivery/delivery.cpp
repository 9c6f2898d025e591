#include <esteira/esteira.hpp>
#include <memory>
#include <string>

#include "provider/provider.hpp"
#include "provider/settings.hpp"

namespace {

using esteira::Outcome;

/// Asks a carrier for a shipment until it has arrived, for days if need be.
class Delivery final : public esteira::AsyncStage {
 public:
  explicit Delivery(const esteira::Settings& settings)
      : shipping_stage_(settings.text("SHIPPING_STAGE")),
        check_every_(settings.duration("CHECK_EVERY")),
        provider_(provider::make_provider(settings, "DELIVERY", settings.duration("TRANSIT"))) {}

  void start(esteira::Task task) override {
    const auto shipment = provider::text_of(provider::data_of(task.message(), shipping_stage_), "shipment");
    if (shipment.empty())
      return task.complete(Outcome::retry("the order has no shipment in the data of stage " + shipping_stage_));
    provider_->send(task, {"/shipments/" + provider::url_encoded(shipment), "", ""},
                    [this, task](const http_client::Result& result) { task.complete(outcome_of(result)); });
  }

 private:
  [[nodiscard]] Outcome outcome_of(const http_client::Result& result) const {
    const auto shipment = provider::object_of(result);
    const auto status = shipment ? provider::text_of(*shipment, "status") : std::string();
    if (status.empty()) return provider::retry_after(result);
    if (status == "delivered") return Outcome::done(provider::text_object({{"status", status}}));
    if (status == "lost" || status == "returned") return Outcome::fail("the carrier reports the parcel as " + status);
    return Outcome::snooze(provider::wanted_delay(result).value_or(check_every_), "the parcel is " + status);
  }

  const std::string shipping_stage_;
  const std::chrono::milliseconds check_every_;
  const std::unique_ptr<provider::Provider> provider_;
};

}  // namespace

using esteira::SettingType;

ESTEIRA_PLUGIN(Delivery,
               {.name = "delivery",
                .version = "1.0.0",
                .consumes = "shipment.requested",
                .publishes = "order.delivered",
                .refused = "shipment.lost",
                .settings = {provider::kUrl,
                             provider::kToken,
                             provider::kTokenFile,
                             provider::kCaFile,
                             provider::kTimeout,
                             provider::kDelay,
                             provider::kTransit,
                             {"SHIPPING_STAGE", SettingType::text, "shipping",
                              "name of the stage that ships: its data has the shipment"},
                             {"CHECK_EVERY", SettingType::duration, "15m",
                              "time between two questions, unless the carrier asks for another with Retry-After"}}});
