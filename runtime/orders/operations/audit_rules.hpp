#pragma once
#include <span>

namespace esteira::runtime::orders {

/// A rule that the tables must keep.
struct AuditRule {
  const char* check;       ///< its short name
  const char* rule;        ///< what must hold
  const char* violations;  ///< a query for the (order id, detail) of each violation
};

/// All rules.
std::span<const AuditRule> audit_rules();

}  // namespace esteira::runtime::orders
