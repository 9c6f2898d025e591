#pragma once
#include <esteira/message.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace esteira::runtime::orders {

// What an order's JSON is put together from, wherever it goes. Each appends to `body`, after `before`: `,"total":`

/// A string, with U+FFFD for what is not UTF-8.
void append_text(std::string& body, std::string_view before, const std::string& text);
void append_number(std::string& body, std::string_view before, std::int64_t number);
/// A string with two decimals; nothing at all when there is no amount.
void append_money(std::string& body, std::string_view before, const std::optional<Money>& money);
/// The list of items.
void append_items(std::string& body, std::string_view before, const std::vector<Item>& items);

}  // namespace esteira::runtime::orders
