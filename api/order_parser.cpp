#include "api/order_parser.hpp"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/strict_json.hpp"
#include "runtime/text/sha256.hpp"

namespace esteira::api {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxViolations = 100;
constexpr std::size_t kMaxCustomerLength = 128;
constexpr std::size_t kMaxSkuLength = 64;
constexpr std::uint64_t kMaxQuantity = 1'000'000;

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

/// U+0000 to U+001F, U+007F, U+0080 to U+009F.
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

/// Converts a JSON tree to an order and collects the violations.
class OrderConverter {
 public:
  OrderConverter(std::size_t max_items, const runtime::Workflows& workflows)
      : max_items_(max_items), workflows_(workflows) {}

  std::variant<OrderRequest, OrderFault> convert(const json& body) {
    if (!body.is_object()) {
      add_violation("", "must be an object");
    } else {
      reject_unknown_members(body, "", {"workflow", "customer_id", "items", "total"});
      order_.workflow = workflow_of(body);
      order_.customer_id = text_member(body, "", "customer_id", kMaxCustomerLength);
      read_items(body);
      const auto total = amount_member(body, "", "total");
      if (violations_.empty()) compute_total();
      if (violations_.empty() && total) check_total(*total);
    }
    if (!violations_.empty()) return OrderFault{422, std::move(violations_)};
    return std::move(order_);
  }

 private:
  void add_violation(std::string pointer, std::string detail) {
    if (violations_.size() < kMaxViolations) violations_.push_back({std::move(pointer), std::move(detail)});
  }

  void reject_unknown_members(const json& object, const std::string& at,
                              std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : object.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end())
        add_violation(at + pointer_step(key), "is not a known member");
    }
  }

  std::string text_member(const json& object, const std::string& at, const char* name, std::size_t max_length) {
    const auto pointer = at + "/" + name;
    const auto found = object.find(name);
    if (found == object.end()) {
      add_violation(pointer, "is required");
    } else if (!found->is_string()) {
      add_violation(pointer, "must be a string");
    } else {
      const auto& text = found->get_ref<const std::string&>();
      const auto length = characters_in(text);
      if (length == 0 || length > max_length)
        add_violation(pointer, "must have 1 to " + std::to_string(max_length) + " characters");
      if (has_control_character(text)) add_violation(pointer, "must not contain control characters");
      return text;
    }
    return {};
  }

  /// Of a body with an unknown one: the fallback, to go on with.
  const runtime::ConfiguredWorkflow* workflow_of(const json& body) {
    const auto* const fallback = &workflows_.fallback();
    const auto found = body.find("workflow");
    if (found == body.end()) return fallback;
    if (const auto* const name = found->get_ptr<const std::string*>()) {
      if (const auto* const workflow = workflows_.find(*name)) return workflow;
    }
    add_violation("/workflow", "must be one of these workflows: " + workflows_.names());
    return fallback;
  }

  void read_items(const json& body) {
    const auto items = body.find("items");
    if (items == body.end()) return add_violation("/items", "is required");
    if (!items->is_array()) return add_violation("/items", "must be an array");
    if (items->empty() || items->size() > max_items_) {
      return add_violation("/items", "must have 1 to " + std::to_string(max_items_) + " items");
    }
    order_.items.reserve(items->size());
    for (const auto& item : *items) read_item(item, "/items/" + std::to_string(order_.items.size()));
  }

  void read_item(const json& value, const std::string& at) {
    auto& item = order_.items.emplace_back();
    if (!value.is_object()) return add_violation(at, "must be an object");
    reject_unknown_members(value, at, {"sku", "qty", "unit_price"});
    item.sku = text_member(value, at, "sku", kMaxSkuLength);
    item.qty = quantity_of(value, at + "/qty");
    item.unit_price = amount_member(value, at, "unit_price");
    if (order_.workflow->needs_prices && !value.contains("unit_price"))
      add_violation(at + "/unit_price", "is required in the workflow " + order_.workflow->name);
  }

  std::int64_t quantity_of(const json& item, const std::string& pointer) {
    const auto qty = item.find("qty");
    if (qty == item.end()) {
      add_violation(pointer, "is required");
      return 0;
    }
    // The parser stores exactly the non-negative integers as unsigned.
    const auto number = qty->is_number_unsigned() ? qty->get<std::uint64_t>() : 0;
    if (number >= 1 && number <= kMaxQuantity) return static_cast<std::int64_t>(number);
    add_violation(pointer, "must be a whole number from 1 to " + std::to_string(kMaxQuantity));
    return 0;
  }

  std::optional<Money> amount_member(const json& object, const std::string& at, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return std::nullopt;
    const auto* const text = found->get_ptr<const std::string*>();
    if (text != nullptr && !text->starts_with('-')) {
      if (auto amount = Money::parse(*text)) return amount;
    }
    add_violation(at + "/" + name,
                  R"(must be an amount as a string, such as "12.50", from 0 to )" + Money{kMaxCents}.text());
    return std::nullopt;
  }

  void compute_total() {
    std::int64_t cents = 0;
    for (const auto& item : order_.items) {
      if (!item.unit_price) return;
      cents += item.qty * item.unit_price->cents;  // at most 10^6 * 10^12, and the sum is kept below 10^12
      if (cents > kMaxCents) return add_violation("/items", "have a total of more than " + Money{kMaxCents}.text());
    }
    order_.total = Money{cents};
  }

  void check_total(Money total) {
    if (!order_.total) {
      add_violation("/total", "needs a unit_price of every item");
    } else if (order_.total->cents != total.cents) {
      add_violation("/total", "must be the sum of the items, " + order_.total->text());
    }
  }

  std::size_t max_items_;
  const runtime::Workflows& workflows_;
  OrderRequest order_;
  std::vector<runtime::http::Violation> violations_;
};

/// The length goes first, so that two different orders cannot give the same text.
void append_text(std::string& canonical, std::string_view text) {
  canonical += std::to_string(text.size());
  canonical += ':';
  canonical += text;
}

}  // namespace

std::variant<OrderRequest, OrderFault> parse_order(std::string_view body, std::size_t max_items,
                                                   const runtime::Workflows& workflows) {
  auto tree = read_strict_json(body, kMaxDepth);
  if (auto* fault = std::get_if<JsonFault>(&tree)) {
    return OrderFault{400, {{std::move(fault->pointer), std::move(fault->detail)}}};
  }
  return OrderConverter(max_items, workflows).convert(std::get<json>(tree));
}

std::string order_hash(const OrderRequest& order, const runtime::ConfiguredWorkflow& fallback) {
  std::string canonical;
  append_text(canonical, order.customer_id);
  for (const auto& item : order.items) {
    append_text(canonical, item.sku);
    append_text(canonical, std::to_string(item.qty));
    append_text(canonical, item.unit_price ? item.unit_price->text() : "");
  }
  if (order.workflow->name != fallback.name) append_text(canonical, order.workflow->name);
  return runtime::sha256(canonical);
}

}  // namespace esteira::api
