#pragma once
#include <string>
#include <vector>

#include "cli/dlq/dlq_session.hpp"
#include "runtime/orders/workers/stage_overview.hpp"

namespace esteira::cli {

/// The refused events of the stages, as their newest hosts have registered them.
class RefusedEvents {
 public:
  struct Answer {
    std::string event;  ///< empty: there is a fault
    std::string fault;  ///< one line: why dead letters of the stage cannot be given up, and the remedy
  };

  /// Throws Unavailable.
  explicit RefusedEvents(DlqSession& session);

  /// The refused event of a stage, when another stage consumes it: otherwise nothing would follow a give-up.
  [[nodiscard]] Answer find(const std::string& stage) const;

 private:
  [[nodiscard]] bool is_consumed(const std::string& event, const std::string& publisher) const;

  std::vector<runtime::orders::StageOverview> stages_;
};

}  // namespace esteira::cli
