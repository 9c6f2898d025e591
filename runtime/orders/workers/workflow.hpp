#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/orders/store/cancellation.hpp"
#include "runtime/orders/workers/stage_overview.hpp"

namespace esteira::runtime::orders {

/// Whether a queue that is bound with `pattern` to a topic exchange gets a message with this routing key: `*` stands
/// for one word, `#` for any number of words.
[[nodiscard]] bool binding_matches(std::string_view pattern, std::string_view routing_key);

/// What the settings say about events.
struct WorkflowTerms {
  std::vector<std::string> first_events;     ///< of the workflows
  std::vector<std::string> optional_events;  ///< need no consumer
};

/// A fault in how the stages are connected. It names one stage.
struct WorkflowFault {
  std::string stage;
  std::string text;  ///< one line: what is wrong and the remedy
};

/// What is wrong with the connections of these stages, as far as they are registered:
/// - A source: nobody publishes any event that the stage consumes, and none is the first event of a workflow or the
/// event
///   of cancelled orders.
/// - A dead end: after the stage an order gets no further, though it is not completed and was neither refused nor
///   cancelled before it.
/// - A refused event that nobody consumes and that is not optional.
/// A stage may also choose its routing key for each order, which is not registered: so this is a reason to look, not
/// an error.
std::vector<WorkflowFault> find_workflow_faults(const std::vector<StageOverview>& stages, const WorkflowTerms& terms);

}  // namespace esteira::runtime::orders
