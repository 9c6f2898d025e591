#include <esteira/esteira.hpp>
#include <memory>

#include "provider/creation.hpp"
#include "provider/settings.hpp"

namespace {

using esteira::Outcome;
using provider::Json;

Json shipment_request(const esteira::Message& order) {
  Json items = Json::array();
  for (const auto& item : order.items) items.push_back({{"sku", item.sku}, {"qty", item.qty}});
  return {{"order_id", order.order_id}, {"customer_id", order.customer_id}, {"items", std::move(items)}};
}

/// Requests the shipment of the order from a carrier, once.
class Shipping final : public esteira::AsyncStage {
 public:
  explicit Shipping(const esteira::Settings& settings) : provider_(provider::make_provider(settings, "SHIPPING")) {}

  void start(esteira::Task task) override {
    provider::Creation::start(*provider_, task, "/shipments", shipment_request(task.message()),
                              [](const Json& shipment) {
                                return Outcome::done(Json{{"shipment", provider::text_of(shipment, "id")}}.dump());
                              });
  }

 private:
  const std::unique_ptr<provider::Provider> provider_;
};

}  // namespace

ESTEIRA_PLUGIN(Shipping, {.name = "shipping",
                          .version = "1.0.0",
                          .consumes = "payment.approved",
                          .publishes = "shipment.requested",
                          .refused = "shipment.refused",
                          .status = "shipped",
                          .settings = {provider::kUrl, provider::kToken, provider::kTokenFile, provider::kCaFile,
                                       provider::kTimeout, provider::kDelay}});
