#pragma once
#include <optional>
#include <string>

#include <esteira/money.hpp>

namespace esteira::runtime::orders {

inline std::optional<std::string> money_text(const std::optional<Money>& money) {
  return money ? std::optional(money->text()) : std::nullopt;
}

}  // namespace esteira::runtime::orders
