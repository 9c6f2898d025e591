#include "runtime/orders/envelope/order_json.hpp"

#include <array>
#include <charconv>

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
  std::array<char, 20> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): to_chars fills it
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  body.append(before).append(digits.begin(), end);
}

void append_money(std::string& body, std::string_view before, const std::optional<Money>& money) {
  if (!money) return;
  body.append(before) += '"';
  body += money->text();
  body += '"';
}

void append_items(std::string& body, std::string_view before, const std::vector<Item>& items) {
  body.append(before) += '[';
  for (const auto& item : items) {
    append_text(body, body.back() == '[' ? "{\"sku\":" : ",{\"sku\":", item.sku);
    append_number(body, ",\"qty\":", item.qty);
    append_money(body, ",\"unit_price\":", item.unit_price);
    body += '}';
  }
  body += ']';
}

}  // namespace esteira::runtime::orders
