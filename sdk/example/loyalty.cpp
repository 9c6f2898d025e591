#include <algorithm>
#include <cstdint>
#include <esteira/esteira.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// Computes the points of a completed order: one for each full CENTS_PER_POINT of its total. A SKU of DOUBLE_SKUS
/// doubles them.
class Loyalty final : public esteira::Stage {
 public:
  explicit Loyalty(const esteira::Settings& settings)
      : cents_per_point_(settings.integer("CENTS_PER_POINT")), double_skus_(settings.list("DOUBLE_SKUS")) {
    if (cents_per_point_ < 1) throw std::invalid_argument("CENTS_PER_POINT should be at least 1");
  }

  esteira::Outcome handle(const esteira::Message& message, esteira::Context& context) override {
    if (!message.total) return esteira::Outcome::done(R"({"points":0})");
    const auto points = message.total->cents / cents_per_point_ * (counts_double(message) ? 2 : 1);
    context.count("points", static_cast<double>(points));
    context.log(esteira::LogLevel::info, "points computed", {{"points", std::to_string(points)}});
    return esteira::Outcome::done(R"({"points":)" + std::to_string(points) + "}");
  }

 private:
  [[nodiscard]] bool counts_double(const esteira::Message& message) const {
    return std::any_of(message.items.begin(), message.items.end(), [this](const esteira::Item& item) {
      return std::find(double_skus_.begin(), double_skus_.end(), item.sku) != double_skus_.end();
    });
  }

  const std::int64_t cents_per_point_;
  const std::vector<std::string> double_skus_;
};

}  // namespace

using esteira::SettingType;

ESTEIRA_PLUGIN(Loyalty,
               {.name = "loyalty",
                .version = "1.0.0",
                .consumes = "order.completed",
                .settings = {{"CENTS_PER_POINT", SettingType::integer, "100", "cents of the total that give one point"},
                             {"DOUBLE_SKUS", SettingType::list, "", "SKUs that double an order's points"}}});
