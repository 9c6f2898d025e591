#include <esteira/esteira.hpp>
#include <memory>
#include <string>
#include <utility>

#include "provider/creation.hpp"
#include "provider/settings.hpp"

namespace {

using esteira::Outcome;
using provider::Json;

std::string charge_request(const esteira::Message& order) {
  return provider::text_object(
      {{"amount", order.total->text()}, {"customer_id", order.customer_id}, {"order_id", order.order_id}});
}

/// A charge of another amount is nobody's order: a person must look at it.
Outcome charged(const Json& charge, esteira::Money wanted) {
  const auto amount = esteira::Money::parse(provider::text_of(charge, "amount"));
  if (!amount || *amount != wanted)
    return Outcome::retry("the provider has another amount for this charge than " + wanted.text());
  return Outcome::done(
      provider::text_object({{"amount", amount->text()}, {"charge", provider::text_of(charge, "id")}}));
}

/// Charges the order's total, once.
class Payment final : public esteira::AsyncStage {
 public:
  explicit Payment(const esteira::Settings& settings) : provider_(provider::make_provider(settings, "PAYMENT")) {}

  void start(esteira::Task task) override {
    const auto total = task.message().total;
    if (!total) return task.complete(Outcome::fail("the order has no total to charge"));
    if (total->cents == 0) return task.complete(Outcome::done(R"({"amount":"0.00"})"));
    provider::Creation::start(*provider_, task, "/charges", charge_request(task.message()),
                              [total](const Json& charge) { return charged(charge, *total); });
  }

 private:
  const std::unique_ptr<provider::Provider> provider_;
};

}  // namespace

ESTEIRA_PLUGIN(Payment, {.name = "payment",
                         .version = "1.0.0",
                         .consumes = "checkout.created",
                         .publishes = "payment.approved",
                         .refused = "payment.refused",
                         .status = "paid",
                         .settings = {provider::kUrl, provider::kToken, provider::kTokenFile, provider::kCaFile,
                                      provider::kTimeout, provider::kDelay}});
