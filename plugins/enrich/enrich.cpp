#include <esteira/esteira.hpp>
#include <memory>
#include <string>
#include <vector>

#include "simulation.hpp"
#include "supplier_client.hpp"

namespace {

/// Requests the enrichment of an order from a supplier: over HTTP when URL is set, else from the built-in simulation.
class Enrich final : public esteira::AsyncStage {
 public:
  explicit Enrich(const esteira::Settings& settings)
      : delay_(settings.duration("DELAY")), fail_skus_(settings.list("FAIL_SKUS")) {
    if (const auto& url = settings.text("URL"); !url.empty())
      supplier_ = std::make_unique<enrich::SupplierClient>(url, settings.duration("TIMEOUT"));
  }

  void start(esteira::Task task) override {
    if (supplier_) {
      supplier_->ask(std::move(task));
    } else if (delay_.count() == 0) {
      task.complete(enrich::simulated_answer(task.message(), fail_skus_));
    } else {
      task.context().after(delay_,
                           [this, task] { task.complete(enrich::simulated_answer(task.message(), fail_skus_)); });
    }
  }

 private:
  const std::chrono::milliseconds delay_;
  const std::vector<std::string> fail_skus_;
  std::unique_ptr<enrich::SupplierClient> supplier_;
};

}  // namespace

using esteira::SettingType;

ESTEIRA_PLUGIN(Enrich,
               {.name = "enrich",
                .version = "1.0.0",
                .consumes = "order.enrichment.requested",
                .publishes = "order.enriched",
                .settings = {
                    {"DELAY", SettingType::duration, "2s", "response time of the simulated supplier"},
                    {"FAIL_SKUS", SettingType::list, "FAIL-ALWAYS,FAIL-ONCE",
                     "SKUs that the simulated supplier refuses; those ending in -ONCE on the first attempt only"},
                    {"URL", SettingType::text, "", "the supplier's URL; empty: the simulated supplier"},
                    {"TIMEOUT", SettingType::duration, "5s", "the longest time for one HTTP request to the supplier"},
                }});
