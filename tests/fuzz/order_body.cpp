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

/// The workflows default and checkout; checkout needs prices.
const runtime::Workflows& known_workflows() {
  static const auto workflows = runtime::Workflows::read(
      runtime::Config(runtime::kApi, {{"DATABASE_URL", "postgresql:///fuzz"},
                                      {"RABBITMQ_URL", "amqp://localhost"},
                                      {"SECRET_TOKEN", "token"},
                                      {"ESTEIRA_WORKFLOWS", "default=order.created,checkout=checkout.created"},
                                      {"ESTEIRA_PRICED_WORKFLOWS", "checkout"}}));
  return workflows;
}

json order_json(const OrderRequest& order) {
  json body{{"workflow", order.workflow->name}, {"customer_id", order.customer_id}, {"items", json::array()}};
  for (const auto& item : order.items) {
    json line{{"sku", item.sku}, {"qty", item.qty}};
    if (item.unit_price) line["unit_price"] = item.unit_price->text();
    body["items"].push_back(std::move(line));
  }
  if (order.total) body["total"] = order.total->text();
  return body;
}

bool same_items(const std::vector<Item>& a, const std::vector<Item>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Item& x, const Item& y) {
    return x.sku == y.sku && x.qty == y.qty && x.unit_price == y.unit_price;
  });
}

void check_order(const OrderRequest& order) {
  require(!order.customer_id.empty() && !order.items.empty() && order.items.size() <= kMaxItems,
          "an order is within the limits");
  const auto again = api::parse_order(order_json(order).dump(), kMaxItems, known_workflows());
  const auto* const same = std::get_if<OrderRequest>(&again);
  require(same != nullptr, "a written order can be parsed");
  require(same->customer_id == order.customer_id && same_items(same->items, order.items) &&
              same->total == order.total && same->workflow == order.workflow,
          "writing keeps the content");
  const auto& fallback = known_workflows().fallback();
  require(api::order_hash(*same, fallback) == api::order_hash(order, fallback), "equal orders have the same hash");
}

void check_envelope(const OrderRequest& order) {
  Message message;
  message.order_id = "7b0f1c5e-6d6f-4c39-9df3-0d2f3a1b2c3d";
  message.workflow = "default";
  message.customer_id = order.customer_id;
  message.items = order.items;
  message.total = order.total;
  const auto received = runtime::orders::read_envelope(runtime::orders::write_envelope(message));
  require(received.customer_id == order.customer_id && same_items(received.items, order.items) &&
              received.total == order.total,
          "the envelope keeps an accepted order");
}

void check_fault(const OrderFault& fault) {
  require(fault.status == 400 || fault.status == 422, "an invalid body gets 400 or 422");
  require(!fault.violations.empty() && fault.violations.size() <= kMaxFaults, "an error response lists the violations");
  for (const auto& violation : fault.violations) {
    require(!violation.detail.empty(), "a violation has a detail");
    require(violation.pointer.empty() || violation.pointer.front() == '/', "a violation points into the body");
    require(runtime::is_utf8(violation.pointer) && runtime::is_utf8(violation.detail), "a violation is UTF-8");
  }
  const auto response = runtime::http::problem(fault.status, "the body is not an order", fault.violations);
  require(json::parse(response.body).at("errors").size() == fault.violations.size(),
          "the response has every violation");
}

/// Any member name gives a valid step of a JSON pointer.
void check_pointer(std::string_view input) {
  const auto step = api::pointer_step(input);
  require(!json::json_pointer(step).empty(), "a step is a valid JSON pointer");
}

}  // namespace

void order_body(std::string_view input) {
  const auto read = api::parse_order(input, kMaxItems, known_workflows());
  if (const auto* order = std::get_if<OrderRequest>(&read)) {
    check_order(*order);
    check_envelope(*order);
  } else {
    check_fault(std::get<OrderFault>(read));
  }
  check_pointer(input);
}

}  // namespace esteira::fuzz
