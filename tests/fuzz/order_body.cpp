#include <nlohmann/json.hpp>
#include <string>

#include "api/order_parser.hpp"
#include "api/strict_json.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/text/utf8.hpp"
#include "tests/fuzz/targets.hpp"

namespace esteira::fuzz {
namespace {

using api::OrderFault;
using api::OrderRequest;
using nlohmann::json;

constexpr std::size_t kMaxItems = 20;
constexpr std::size_t kMaxFaults = 100;

json order_json(const OrderRequest& order) {
  json body{{"customer_id", order.customer_id}, {"items", json::array()}};
  for (const auto& item : order.items) {
    json line{{"sku", item.sku}, {"qty", item.qty}};
    if (item.unit_price) line["unit_price"] = item.unit_price->text();
    body["items"].push_back(std::move(line));
  }
  return body;
}

bool same_items(const std::vector<Item>& a, const std::vector<Item>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Item& x, const Item& y) {
    return x.sku == y.sku && x.qty == y.qty && x.unit_price == y.unit_price;
  });
}

void check_order(const OrderRequest& order) {
  promise(!order.customer_id.empty() && !order.items.empty() && order.items.size() <= kMaxItems, "limits are kept");
  const auto again = api::parse_order(order_json(order).dump(), kMaxItems);
  const auto* const same = std::get_if<OrderRequest>(&again);
  promise(same != nullptr, "an order written again is an order");
  promise(same->customer_id == order.customer_id && same_items(same->items, order.items) && same->total == order.total,
          "an order written again means the same");
  promise(api::order_hash(*same) == api::order_hash(order), "what means the same has the same hash");
}

void check_travels(const OrderRequest& order) {
  Message message;
  message.order_id = "7b0f1c5e-6d6f-4c39-9df3-0d2f3a1b2c3d";
  message.workflow = "default";
  message.customer_id = order.customer_id;
  message.items = order.items;
  message.total = order.total;
  const auto arrived = runtime::orders::read_envelope(runtime::orders::write_envelope(message));
  promise(arrived.customer_id == order.customer_id && same_items(arrived.items, order.items) &&
              arrived.total == order.total,
          "an accepted order travels as it is");
}

void check_fault(const OrderFault& fault) {
  promise(fault.status == 400 || fault.status == 422, "a refusal is 400 or 422");
  promise(!fault.violations.empty() && fault.violations.size() <= kMaxFaults, "a refusal lists what is wrong");
  for (const auto& violation : fault.violations) {
    promise(!violation.detail.empty(), "a fault says what is wrong");
    promise(violation.pointer.empty() || violation.pointer.front() == '/', "a fault points into the body");
    promise(runtime::is_utf8(violation.pointer) && runtime::is_utf8(violation.detail), "a fault is text");
  }
  const auto answer = runtime::http::problem(fault.status, "the body is not an order", fault.violations);
  promise(json::parse(answer.body).at("errors").size() == fault.violations.size(), "every fault is told");
}

/// A pointer to the place of a fault is a JSON pointer, escaped as such.
void check_pointer(std::string_view input) {
  const auto step = api::pointer_step(input);
  promise(!json::json_pointer(step).empty(), "a step is a JSON pointer");
}

}  // namespace

void order_body(std::string_view input) {
  const auto read = api::parse_order(input, kMaxItems);
  if (const auto* order = std::get_if<OrderRequest>(&read)) {
    check_order(*order);
    check_travels(*order);
  } else {
    check_fault(std::get<OrderFault>(read));
  }
  check_pointer(input);
}

}  // namespace esteira::fuzz
