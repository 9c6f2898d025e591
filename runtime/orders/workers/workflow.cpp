#include "runtime/orders/workers/workflow.hpp"

#include <algorithm>
#include <set>

#include "runtime/text/lists.hpp"

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
  Workflow(const std::vector<StageOverview>& stages, const WorkflowTerms& terms) : stages_(stages), terms_(terms) {}

  [[nodiscard]] std::vector<WorkflowFault> faults() const {
    std::vector<WorkflowFault> found;
    for (const auto& stage : stages_) {
      if (stage.plugin.empty()) continue;
      if (std::ranges::none_of(stage.consumes, [&](const auto& key) { return has_publisher(stage, key); }))
        found.push_back({stage.stage, source_text(stage)});
      if (is_dead_end(stage)) found.push_back({stage.stage, dead_end_text(stage)});
      if (!stage.refused.empty() && !is_optional(stage.refused) && !has_consumer(stage.refused))
        found.push_back({stage.stage, refused_text(stage)});
    }
    return found;
  }

 private:
  static bool consumes(const StageOverview& stage, const std::string& key) {
    if (stage.plugin.empty()) return true;  // not known: it may
    return std::ranges::any_of(stage.consumes,
                               [&](const std::string& pattern) { return binding_matches(pattern, key); });
  }

  [[nodiscard]] bool is_optional(const std::string& key) const {
    return std::ranges::find(terms_.optional_events, key) != terms_.optional_events.end();
  }

  [[nodiscard]] bool has_publisher(const StageOverview& stage, const std::string& pattern) const {
    const auto matches = [&](std::string_view key) { return binding_matches(pattern, key); };
    return matches(kCancelledEvent) || std::ranges::any_of(terms_.first_events, matches) ||
           std::ranges::any_of(stages_, [&](const StageOverview& other) {
             if (other.stage == stage.stage) return false;
             return other.plugin.empty() || matches(other.publishes) || matches(other.refused);
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

  /// Whether an order may be completed, cancelled, or failed by a refusal, when the stage gets it.
  [[nodiscard]] bool is_after_end(const StageOverview& stage, std::set<std::string>& seen) const {
    if (!seen.insert(stage.stage).second) return false;
    if (consumes(stage, std::string(kCancelledEvent))) return true;
    return std::ranges::any_of(stages_, [&](const StageOverview& other) {
      if (!other.refused.empty() && consumes(stage, other.refused)) return true;
      return !other.publishes.empty() && consumes(stage, other.publishes) &&
             (other.status == kCompleted || is_after_end(other, seen));
    });
  }

  [[nodiscard]] bool is_dead_end(const StageOverview& stage) const {
    if (stage.status == kCompleted) return false;
    std::set<std::string> seen;
    if (is_optional(stage.publishes)) return false;
    if (is_after_end(stage, seen)) return !stage.publishes.empty() && !has_consumer(stage.publishes);
    std::set<std::string> keys;
    if (leads_to_completion(stage.publishes, keys)) return false;
    if (!stage.publishes.empty()) return !has_consumer(stage.publishes);
    // Another stage that consumes the same event may complete the order.
    return std::ranges::any_of(stage.consumes, [&](const std::string& key) {
      std::set<std::string> siblings{stage.publishes};
      return !leads_to_completion(key, siblings);
    });
  }

  [[nodiscard]] bool has_consumer(const std::string& key) const {
    return std::ranges::any_of(stages_, [&](const StageOverview& stage) { return consumes(stage, key); });
  }

  static std::string source_text(const StageOverview& stage) {
    return "stage " + stage.stage + " consumes " + join_list(stage.consumes, " and ") +
           ", which no registered stage publishes: it gets no orders; correct ESTEIRA_CONSUMES, or start the stage "
           "that publishes it";
  }

  static std::string refused_text(const StageOverview& stage) {
    return "stage " + stage.stage + " refuses orders with " + stage.refused +
           ", which no registered stage consumes: refused orders wait after it; start the stage that consumes it, or "
           "correct ESTEIRA_REFUSED";
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
  const WorkflowTerms& terms_;
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

std::vector<WorkflowFault> find_workflow_faults(const std::vector<StageOverview>& stages, const WorkflowTerms& terms) {
  return Workflow(stages, terms).faults();
}

}  // namespace esteira::runtime::orders
