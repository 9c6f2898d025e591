#include "cli/plugin/trial_order.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::cli {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kDefaults =
    R"("order_id":"5f2b8c1e-7d43-4a96-9a57-0c1d2e3f4a5b","workflow":"default","data":{})";

/// Checked before the defaults shift the positions.
void require_object(std::string_view text) {
  try {
    if (!nlohmann::json::parse(text).is_object()) throw UsageError("the order is not a JSON object");
  } catch (const nlohmann::json::parse_error& error) {
    throw UsageError("the order is not valid JSON at byte " + std::to_string(error.byte));
  }
}

/// Of two members with the same name the last counts, so the order's own come after the defaults. Its text stays as it
/// is: numbers keep all their digits.
std::string with_defaults(std::string_view text) {
  const auto rest = text.substr(text.find('{') + 1);
  const auto first = rest.find_first_not_of(kSpace);
  std::string body = "{";
  body.append(kDefaults);
  if (first != std::string_view::npos && rest[first] != '}') body.push_back(',');
  return body.append(rest);
}

std::optional<Money> sum_of(const std::vector<Item>& items) {
  std::int64_t cents = 0;
  for (const auto& item : items) {
    if (!item.unit_price) return std::nullopt;
    const auto price = item.unit_price->cents;
    if (price < 0) throw UsageError("an item has a negative price");
    if (price > 0 && item.qty > (kMaxCents - cents) / price)
      throw UsageError("the items have a total of more than " + Money{kMaxCents}.text());
    cents += item.qty * price;
  }
  return Money{cents};
}

}  // namespace

Message read_trial_order(std::string_view text) {
  require_object(text);
  try {
    auto message = runtime::orders::read_envelope(with_defaults(text));
    if (!message.total) message.total = sum_of(message.items);
    return message;
  } catch (const runtime::orders::MalformedEnvelope& fault) {
    throw UsageError(std::string("the order cannot be read: ").append(fault.what()));
  }
}

}  // namespace esteira::cli
