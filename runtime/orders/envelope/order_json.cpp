#include "runtime/orders/envelope/order_json.hpp"

#include "runtime/json/json_writer.hpp"

namespace esteira::runtime::orders {

void append_text(std::string& body, std::string_view before, const std::string& text) {
  body += before;
  json::append_json_string(body, text);
}

void append_time(std::string& body, std::string_view before, const std::string& time) {
  if (time.empty()) {
    body.append(before).append("null");
  } else {
    append_text(body, before, time);
  }
}

void append_number(std::string& body, std::string_view before, std::int64_t number) {
  body.append(before).append(std::to_string(number));
}

void append_money(std::string& body, std::string_view before, const std::optional<Money>& money) {
  if (money) body.append(before).append("\"").append(money->text()).append("\"");
}

void append_items(std::string& body, std::string_view before, const std::vector<Item>& items) {
  body.append(before).append("[");
  for (const auto& item : items) {
    append_text(body, body.back() == '[' ? "{\"sku\":" : ",{\"sku\":", item.sku);
    append_number(body, ",\"qty\":", item.qty);
    append_money(body, ",\"unit_price\":", item.unit_price);
    body += '}';
  }
  body += ']';
}

}  // namespace esteira::runtime::orders
