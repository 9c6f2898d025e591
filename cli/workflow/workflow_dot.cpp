#include "cli/workflow/workflow_dot.hpp"

#include <algorithm>

#include "runtime/orders/workers/workflow.hpp"

namespace esteira::cli {
namespace {

using runtime::orders::StageOverview;

// Names and routing keys have no character that a quoted text of Graphviz would need to escape.
std::string dot_quoted(const std::string& text) { return "\"" + text + "\""; }

/// One edge to each consumer; to a point when there is none.
std::string edges(const std::vector<StageOverview>& stages, const std::string& from, const std::string& event,
                  bool is_dashed) {
  std::string text;
  const auto edge_to = [&](const std::string& to) {
    text += "  " + dot_quoted(from) + " -> " + dot_quoted(to) + " [label=" + dot_quoted(event) +
            (is_dashed ? ", style=dashed" : "") + "];\n";
  };
  for (const auto& stage : stages) {
    if (std::ranges::any_of(stage.consumes,
                            [&](const auto& pattern) { return runtime::orders::binding_matches(pattern, event); }))
      edge_to("stage " + stage.stage);
  }
  if (!text.empty()) return text;
  text = "  " + dot_quoted("event " + event) + " [shape=point];\n";
  edge_to("event " + event);
  return text;
}

std::string start_node(const std::string& node, const std::string& label) {
  return "  " + dot_quoted(node) + " [shape=plaintext, label=" + dot_quoted(label) + "];\n";
}

}  // namespace

std::string workflow_dot(const std::vector<StageOverview>& stages,
                         const std::vector<runtime::ConfiguredWorkflow>& workflows) {
  std::string text = "digraph workflows {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const auto& stage : stages) {
    const auto label = stage.status.empty() ? stage.stage : stage.stage + "\\n" + stage.status;
    text += "  " + dot_quoted("stage " + stage.stage) + " [label=" + dot_quoted(label) + "];\n";
  }
  for (const auto& workflow : workflows) {
    text += start_node("workflow " + workflow.name, workflow.name);
    text += edges(stages, "workflow " + workflow.name, workflow.first_event, false);
  }
  for (const auto& stage : stages) {
    if (!stage.publishes.empty()) text += edges(stages, "stage " + stage.stage, stage.publishes, false);
    if (!stage.refused.empty()) text += edges(stages, "stage " + stage.stage, stage.refused, true);
  }
  text += start_node("cancel", "cancelled");
  text += edges(stages, "cancel", std::string(runtime::orders::kCancelledEvent), true);
  return text + "}\n";
}

}  // namespace esteira::cli
