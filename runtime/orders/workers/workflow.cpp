#include "runtime/orders/workers/workflow.hpp"

#include <algorithm>
#include <set>

namespace esteira::runtime::orders {
namespace {

constexpr std::string_view kCompleted = "completed";

/// The rest of a dotted text after its first word.
std::string_view after_word(std::string_view text) {
  const auto dot = text.find('.');
  return dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
}

bool ends_after_word(std::string_view text) { return text.find('.') == std::string_view::npos; }

class Workflow {
 public:
  Workflow(const std::vector<StageOverview>& stages, const std::string& first_event)
      : stages_(stages), first_event_(first_event) {}

  [[nodiscard]] std::vector<WorkflowFault> faults() const {
    std::vector<WorkflowFault> found;
    for (const auto& stage : stages_) {
      if (stage.plugin.empty()) continue;
      if (!has_publisher(stage)) found.push_back({stage.stage, source_text(stage)});
      if (is_dead_end(stage)) found.push_back({stage.stage, dead_end_text(stage)});
    }
    return found;
  }

 private:
  static bool consumes(const StageOverview& stage, const std::string& key) {
    if (stage.plugin.empty()) return true;  // not known: it may
    return binding_matches(stage.consumes, key);
  }

  [[nodiscard]] bool has_publisher(const StageOverview& stage) const {
    return binding_matches(stage.consumes, first_event_) ||
           std::ranges::any_of(stages_, [&](const StageOverview& other) {
             return other.stage != stage.stage && (other.plugin.empty() || consumes(stage, other.publishes));
           });
  }

  /// Whether a stage completes an order after this event.
  [[nodiscard]] bool leads_to_completion(const std::string& key, std::set<std::string>& seen) const {
    if (key.empty() || !seen.insert(key).second) return false;
    return std::ranges::any_of(stages_, [&](const StageOverview& stage) {
      return consumes(stage, key) &&
             (stage.plugin.empty() || stage.status == kCompleted || leads_to_completion(stage.publishes, seen));
    });
  }

  /// Whether an order may be completed when the stage gets it.
  [[nodiscard]] bool is_after_completion(const StageOverview& stage, std::set<std::string>& seen) const {
    if (!seen.insert(stage.stage).second) return false;
    return std::ranges::any_of(stages_, [&](const StageOverview& other) {
      return !other.publishes.empty() && consumes(stage, other.publishes) &&
             (other.status == kCompleted || is_after_completion(other, seen));
    });
  }

  [[nodiscard]] bool is_dead_end(const StageOverview& stage) const {
    if (stage.status == kCompleted) return false;
    std::set<std::string> seen;
    if (is_after_completion(stage, seen)) return false;
    std::set<std::string> keys;
    if (leads_to_completion(stage.publishes, keys)) return false;
    // Another stage that consumes the same event may complete the order.
    std::set<std::string> siblings{stage.publishes};
    return stage.publishes.empty() ? !leads_to_completion(stage.consumes, siblings) : !has_consumer(stage.publishes);
  }

  [[nodiscard]] bool has_consumer(const std::string& key) const {
    return std::ranges::any_of(stages_, [&](const StageOverview& stage) { return consumes(stage, key); });
  }

  static std::string source_text(const StageOverview& stage) {
    return "stage " + stage.stage + " consumes " + stage.consumes +
           ", which no registered stage publishes: it gets no orders; correct ESTEIRA_CONSUMES, or start the stage "
           "that "
           "publishes it";
  }

  static std::string dead_end_text(const StageOverview& stage) {
    if (stage.publishes.empty()) {
      return "stage " + stage.stage +
             " publishes nothing and does not complete an order: orders stay unfinished after it; set "
             "ESTEIRA_PUBLISHES, or ESTEIRA_STATUS=completed";
    }
    return "stage " + stage.stage + " publishes " + stage.publishes +
           ", which no registered stage consumes: orders wait after it; start the stage that consumes it, or correct "
           "ESTEIRA_PUBLISHES";
  }

  const std::vector<StageOverview>& stages_;
  const std::string& first_event_;
};

}  // namespace

bool binding_matches(std::string_view pattern, std::string_view routing_key) {
  if (pattern == "#") return true;
  if (pattern.starts_with("#.")) {
    const auto rest = pattern.substr(2);
    if (binding_matches(rest, routing_key)) return true;
    return !ends_after_word(routing_key) && binding_matches(pattern, after_word(routing_key));
  }
  const auto word = pattern.substr(0, pattern.find('.'));
  if (word != "*" && word != routing_key.substr(0, routing_key.find('.'))) return false;
  if (ends_after_word(pattern)) return ends_after_word(routing_key);
  if (ends_after_word(routing_key)) return after_word(pattern) == "#";
  return binding_matches(after_word(pattern), after_word(routing_key));
}

std::vector<WorkflowFault> find_workflow_faults(const std::vector<StageOverview>& stages,
                                                const std::string& first_event) {
  return Workflow(stages, first_event).faults();
}

}  // namespace esteira::runtime::orders
