#pragma once
#include <string>
#include <vector>

#include "runtime/config/workflows.hpp"
#include "runtime/orders/workers/stage_overview.hpp"

namespace esteira::cli {

/// The stages and the events between them, as a directed graph in the language of Graphviz. Events of refusals and
/// cancellations are dashed. An event that no stage consumes ends at a point.
std::string workflow_dot(const std::vector<runtime::orders::StageOverview>& stages,
                         const std::vector<runtime::ConfiguredWorkflow>& workflows);

}  // namespace esteira::cli
