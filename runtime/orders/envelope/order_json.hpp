#pragma once
#include <esteira/message.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace esteira::runtime::orders {

// The parts of an order that the envelope, GET /orders/{id} and GET /orders share. Each function appends `before` (for
// example
// `,"total":`) and then a value to `body`.

/// A string; bytes that are not UTF-8 become U+FFFD.
void append_text(std::string& body, std::string_view before, const std::string& text);
/// A time as text; null when it is empty, because it is not known.
void append_time(std::string& body, std::string_view before, const std::string& time);
void append_number(std::string& body, std::string_view before, std::int64_t number);
/// A string with two decimals. Appends nothing, not even `before`, when there is no amount.
void append_money(std::string& body, std::string_view before, const std::optional<Money>& money);
/// The list of items.
void append_items(std::string& body, std::string_view before, const std::vector<Item>& items);

}  // namespace esteira::runtime::orders
