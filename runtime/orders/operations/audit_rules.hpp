#pragma once
#include <span>

namespace esteira::runtime::orders {

struct AuditRule {
  const char* check;
  const char* rule;
  const char* breakers;  ///< a query for (order id, detail) of those that break it
};

std::span<const AuditRule> audit_rules();

}  // namespace esteira::runtime::orders
