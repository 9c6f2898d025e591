#include <cstdint>
#include <esteira/esteira.hpp>
#include <string>

namespace {

using esteira::Context;
using esteira::Message;
using esteira::Money;
using esteira::Outcome;

/// Adds a surcharge to every order, and takes on no order below a least amount.
class Surcharge final : public esteira::Stage {
 public:
  explicit Surcharge(const esteira::Settings& settings)
      : percent_(settings.integer("PERCENT")), least_(settings.integer("LEAST_CENTS")) {}

  Outcome handle(const Message& message, Context& context) override {
    if (!message.total) return Outcome::fail("the order has no total yet");
    const auto cents = message.total->cents;
    if (cents < least_) return Outcome::fail("the order is below " + Money{least_}.text());
    std::int64_t product = 0;
    if (__builtin_mul_overflow(cents, percent_, &product)) return Outcome::fail("the surcharge is too large");
    const Money surcharge{product / 100};
    const Money total{cents + surcharge.cents};
    if (total.cents > esteira::kMaxCents) return Outcome::fail("the total is too large");
    context.count("surcharges");
    context.log(esteira::LogLevel::info, "surcharge added", {{"amount", surcharge.text()}});
    return Outcome::done(R"({"surcharge":")" + surcharge.text() + "\"}").total(total);
  }

 private:
  const std::int64_t percent_;
  const std::int64_t least_;
};

}  // namespace

using esteira::SettingType;

ESTEIRA_PLUGIN(Surcharge, {.name = "surcharge",
                           .version = "1.0.0",
                           .consumes = "order.priced",
                           .publishes = "order.surcharged",
                           .settings = {{"PERCENT", SettingType::integer, "5", "of the total, in percent"},
                                        {"LEAST_CENTS", SettingType::integer, "0", "orders below are refused"}}});
