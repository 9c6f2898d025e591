#include <esteira/esteira.hpp>
#include <memory>
#include <string>

#include "provider/creation.hpp"
#include "provider/settings.hpp"

namespace {

using esteira::Outcome;
using provider::Json;

std::string shipment_request(const esteira::Message& order) {
  std::string items;
  for (const auto& item : order.items) {
    if (!items.empty()) items += ',';
    items.append(R"({"qty":)")
        .append(std::to_string(item.qty))
        .append(R"(,"sku":)")
        .append(provider::quoted(item.sku)) += '}';
  }
  return R"({"customer_id":)" + provider::quoted(order.customer_id) + R"(,"items":[)" + items + R"(],"order_id":)" +
         provider::quoted(order.order_id) + '}';
}

/// Requests the shipment of the order from a carrier, once.
class Shipping final : public esteira::AsyncStage {
 public:
  explicit Shipping(const esteira::Settings& settings) : provider_(provider::make_provider(settings, "SHIPPING")) {}

  void start(esteira::Task task) override {
    provider::Creation::start(
        *provider_, task, "/shipments", shipment_request(task.message()), [](const Json& shipment) {
          return Outcome::done(provider::text_object({{"shipment", provider::text_of(shipment, "id")}}));
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
