#pragma once
#include <esteira/money.hpp>
#include <optional>
#include <string>

namespace esteira::runtime::orders {

/// For a numeric parameter; none is null.
inline std::optional<std::string> money_text(const std::optional<Money>& money) {
  return money ? std::optional(money->text()) : std::nullopt;
}

}  // namespace esteira::runtime::orders
