#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/audit/stage_load.hpp"
#include "runtime/orders/operations/audit.hpp"

namespace esteira::cli {

/// The result of an audit.
struct AuditReport {
  std::vector<std::pair<std::string, std::size_t>> orders;  ///< by status
  std::vector<runtime::orders::AuditFinding> findings;
  std::vector<runtime::orders::FindingSample> given_up;  ///< orders that were paid and given up by a person: no finding
  std::size_t waiting = 0;                               ///< stalled orders that may own one of the messages
  std::size_t messages = 0;                              ///< ready in queues, or in flight in hosts
  std::vector<StageLoad> stages;                         ///< the messages by stage
  std::optional<std::size_t> repaired;                   ///< orders that were repaired; empty without --repair

  // Both print on stdout.
  void print() const;
  void print_json() const;
};

}  // namespace esteira::cli
