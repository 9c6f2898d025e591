#include "runtime/orders/envelope.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/logging/utf8.hpp"
#include "runtime/orders/json_check.hpp"
#include "runtime/orders/uuid_text.hpp"

namespace esteira::runtime::orders {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBody = 4'194'304;
constexpr std::size_t kMaxDepth = 32;

bool needs_no_escape(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

std::string quoted(const std::string& text) {
  if (std::ranges::all_of(text, needs_no_escape)) return '"' + text + '"';
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// A name that somebody else chose, fit for one line.
std::string shown(const std::string& name) {
  constexpr std::size_t kLongest = 64;
  const auto escaped = quoted(name);
  return clean_utf8(std::string_view(escaped).substr(1, escaped.size() - 2), kLongest);
}

/// The member `name`, null when there is none.
const json& member(const json& object, const char* name) {
  static const json none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text_member(const json& object, const char* name, const std::string& path) {
  const auto& value = member(object, name);
  if (!value.is_string()) throw MalformedEnvelope(path + name + ": text is missing");
  return value.get<std::string>();
}

std::optional<Money> money_member(const json& object, const char* name, const std::string& path) {
  const auto& value = member(object, name);
  if (value.is_null()) return std::nullopt;
  const auto money = value.is_string() ? Money::parse(value.get_ref<const std::string&>()) : std::nullopt;
  if (!money) throw MalformedEnvelope(path + name + ": not an amount like \"12.50\"");
  return money;
}

Item read_item(const json& value, std::size_t index) {
  const auto path = "items[" + std::to_string(index) + "].";
  if (!value.is_object()) throw MalformedEnvelope(path.substr(0, path.size() - 1) + ": not an object");
  const auto& qty = member(value, "qty");
  const bool fits = qty.is_number_integer() &&
                    !(qty.is_number_unsigned() && qty.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX));
  if (!fits || qty.get<std::int64_t>() < 1) throw MalformedEnvelope(path + "qty: not a whole number from 1");
  return {text_member(value, "sku", path), qty.get<std::int64_t>(), money_member(value, "unit_price", path)};
}

std::vector<Item> read_items(const json& value) {
  if (!value.is_array()) throw MalformedEnvelope("items: a list is missing");
  std::vector<Item> items;
  items.reserve(value.size());
  for (const auto& item : value) items.push_back(read_item(item, items.size()));
  return items;
}

std::map<std::string, std::string, std::less<>> read_data(const json& value) {
  std::map<std::string, std::string, std::less<>> data;
  if (value.is_null()) return data;
  if (!value.is_object()) throw MalformedEnvelope("data: not an object");
  for (const auto& [stage, kept] : value.items()) {
    if (!kept.is_object()) throw MalformedEnvelope("data." + shown(stage) + ": not an object");
    data.emplace(stage, kept.dump());
  }
  return data;
}

std::string read_order_id(const json& body) {
  const auto id = uuid_text(text_member(body, "order_id", ""));
  if (!id) throw MalformedEnvelope("order_id: not a UUID");
  return *id;
}

void append_item(std::string& body, const Item& item) {
  body += "{\"sku\":" + quoted(item.sku) + ",\"qty\":" + std::to_string(item.qty);
  if (item.unit_price) body += ",\"unit_price\":\"" + item.unit_price->text() + '"';
  body += '}';
}

}  // namespace

// Written by hand because what a stage kept is JSON already, and goes in exactly as it is.
std::string write_envelope(const Message& message) {
  std::string body = "{\"order_id\":" + quoted(message.order_id) + ",\"workflow\":" + quoted(message.workflow) +
                     ",\"customer_id\":" + quoted(message.customer_id) + ",\"items\":[";
  for (const auto& item : message.items) {
    if (body.back() != '[') body += ',';
    append_item(body, item);
  }
  body += ']';
  if (message.total) body += ",\"total\":\"" + message.total->text() + '"';
  body += ",\"data\":{";
  for (const auto& [stage, kept] : message.data) {
    if (body.back() != '{') body += ',';
    body += quoted(stage) + ':' + kept;
  }
  return body + "}}";
}

Message read_envelope(std::string_view body) {
  // What a stage kept stands two levels down.
  const auto fault = check_json_object(body, kMaxBody, kMaxDepth + 2);
  if (!fault.empty()) throw MalformedEnvelope(fault);
  const auto parsed = json::parse(body.begin(), body.end());
  Message message;
  message.order_id = read_order_id(parsed);
  message.workflow = text_member(parsed, "workflow", "");
  message.customer_id = text_member(parsed, "customer_id", "");
  message.items = read_items(member(parsed, "items"));
  message.total = money_member(parsed, "total", "");
  message.data = read_data(member(parsed, "data"));
  return message;
}

std::string json_object_fault(std::string_view text, std::size_t max_bytes) {
  return check_json_object(text, max_bytes, kMaxDepth);
}

}  // namespace esteira::runtime::orders
