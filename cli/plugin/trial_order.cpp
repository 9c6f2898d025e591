#include "cli/plugin/trial_order.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"
#include "runtime/json/json_check.hpp"
#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::cli {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kDefaults =
    R"("order_id":"5f2b8c1e-7d43-4a96-9a57-0c1d2e3f4a5b","workflow":"default","data":{})";

constexpr std::size_t kMaxBytes = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kMaxDepth = 40;

/// What POST /orders takes, and what an order has when it comes to a stage.
constexpr std::array<std::string_view, 6> kMembers{"customer_id", "items", "total", "workflow", "data", "order_id"};
constexpr std::array<std::string_view, 3> kItemMembers{"sku", "qty", "unit_price"};

template <std::size_t Size>
std::string listed(const std::array<std::string_view, Size>& names) {
  std::string text;
  for (const auto name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// Stops at a member that no order has. A host skips such a member; here it is a mistake in writing, and the plugin
/// would be tried on another order than its author meant.
class MemberCheck final : public runtime::json::JsonCheck {
 public:
  MemberCheck() : JsonCheck(kMaxDepth) {}

  bool key(std::string_view text) {
    if (!JsonCheck::key(text)) return false;
    if (depth() == kInOrder) {
      member_ = text;
      return require_known(text, kMembers, "an order");
    }
    return depth() != kInItem || member_ != "items" || require_known(text, kItemMembers, "an item");
  }

 private:
  static constexpr std::size_t kInOrder = 1;
  static constexpr std::size_t kInItem = 3;

  template <std::size_t Size>
  bool require_known(std::string_view name, const std::array<std::string_view, Size>& known, const char* owner) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return true;
    return stop(std::string(owner).append(" has no member ").append(name).append("; its members are ") + listed(known));
  }

  std::string member_;
};

/// Checked before the defaults shift the positions.
void check_members(std::string_view text) {
  MemberCheck check;
  auto fault = runtime::json::text_fault(text, kMaxBytes);
  if (fault.empty()) {
    runtime::json::check_json(text, check);
    fault = check.fault();
  }
  if (fault.empty()) return;
  throw UsageError((fault.starts_with("not ") ? "the order is " : "the order cannot be read: ") + fault);
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
  check_members(text);
  try {
    auto message = runtime::orders::read_envelope(with_defaults(text));
    if (!message.total) message.total = sum_of(message.items);
    return message;
  } catch (const runtime::orders::MalformedEnvelope& fault) {
    throw UsageError(std::string("the order cannot be read: ").append(fault.what()));
  }
}

}  // namespace esteira::cli
