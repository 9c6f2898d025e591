#include <esteira/esteira.hpp>
#include <memory>
#include <string>
#include <vector>

#include "http_client/client.hpp"
#include "simulation.hpp"
#include "supplier_call.hpp"

namespace {

constexpr std::size_t kMaxResponse = 65'536;

/// Requests the enrichment of an order from a supplier: over HTTP when URL is set, else from the built-in simulation.
class Enrich final : public esteira::AsyncStage {
 public:
  explicit Enrich(const esteira::Settings& settings)
      : delay_(settings.duration("DELAY")), fail_skus_(settings.list("FAIL_SKUS")) {
    if (const auto& url = settings.text("URL"); !url.empty())
      supplier_ =
          std::make_unique<http_client::Client>(http_client::Options{.endpoint = http_client::Endpoint::parse(url),
                                                                     .ca_file = settings.text("CA_FILE"),
                                                                     .timeout = settings.duration("TIMEOUT"),
                                                                     .max_response_bytes = kMaxResponse});
  }

  void start(esteira::Task task) override {
    if (supplier_) {
      supplier_->submit(std::make_unique<enrich::SupplierCall>(std::move(task)));
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
  std::unique_ptr<http_client::Client> supplier_;
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
                    {"URL", SettingType::text, "",
                     "the supplier: http://, https:// or unix:/path/of/its/socket; empty: the simulated supplier"},
                    {"CA_FILE", SettingType::text, "",
                     "file with the certificate authorities for https://; empty: those of the system"},
                    {"TIMEOUT", SettingType::duration, "5s", "the longest time for one HTTP request to the supplier"},
                }});
