#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/orders/operations/audit.hpp"

namespace esteira::cli {

struct AuditReport {
  std::vector<std::pair<std::string, std::size_t>> orders;  ///< by status
  std::vector<runtime::orders::AuditFinding> findings;
  std::size_t waiting = 0;
  std::size_t messages = 0;
  bool letters_read = true;
  std::optional<std::size_t> repaired;

  /// On stdout.
  void print() const;
  void print_json() const;
};

}  // namespace esteira::cli
