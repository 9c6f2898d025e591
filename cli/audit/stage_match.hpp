#pragma once
#include <cstddef>
#include <vector>

#include "cli/audit/stage_load.hpp"
#include "runtime/orders/operations/audit.hpp"

namespace esteira::cli {

struct StageMatch {
  std::size_t missing = 0;       ///< so many orders, at least, have no message
  std::size_t missing_owed = 0;  ///< so many of them, at most, are owed a compensation
  /// The orders among which they are: no message of theirs can be told from those of the others.
  std::vector<runtime::orders::OrderSnapshot> suspects;
};

/// Matches stalled orders to the messages of the stages where theirs may be, and sets `waiting` of the stages:
/// - in a stage that consumes the order's last event and has no result for the order. A stage without a host does not
///   count when another one that consumes the event has a host: nobody works on its messages;
/// - in the stage that published the event, whose host may not have got the broker's confirm;
/// - in the stage to which the order was redriven;
/// - in a stage of which it is not known what it consumes.
/// As many orders as possible are matched: the rest has no message anywhere. Orders that are owed a compensation are
/// matched last, so that they are not hidden by others.
StageMatch match_to_stages(const std::vector<runtime::orders::OrderSnapshot>& stalled, std::vector<StageLoad>& stages);

}  // namespace esteira::cli
