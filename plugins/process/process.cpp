#include <esteira/esteira.hpp>
#include <numeric>

namespace {

using esteira::Context;
using esteira::Message;
using esteira::Outcome;

/// Starts the processing of an order: its status becomes `processing`.
class Process final : public esteira::Stage {
 public:
  Outcome handle(const Message& message, Context& context) override {
    if (message.items.empty()) return Outcome::fail("the order has no items");
    const auto units =
        std::accumulate(message.items.begin(), message.items.end(), 0.0,
                        [](double sum, const auto& item) { return sum + static_cast<double>(item.qty); });
    context.count("units", units);
    context.log(esteira::LogLevel::debug, "order processing started",
                {{"lines", std::to_string(message.items.size())}});
    return Outcome::done();
  }
};

}  // namespace

ESTEIRA_PLUGIN(Process, {.name = "process",
                         .version = "1.0.0",
                         .consumes = "order.created",
                         .publishes = "order.enrichment.requested",
                         .status = "processing"});
