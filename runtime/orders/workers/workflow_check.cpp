#include "runtime/orders/workers/workflow_check.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <tuple>
#include <utility>

namespace esteira::runtime::orders {
namespace {

constexpr std::array<std::string_view, 5> kStatuses{"pending", "processing", "paid", "shipped", "completed"};
constexpr std::size_t kPaid = 2;
constexpr std::size_t kShipped = 3;

/// Its place in the order of statuses; that of `pending` for a stage without one.
std::size_t rank_of(const std::string& status) {
  const auto* const found = std::ranges::find(kStatuses, status);
  return found == kStatuses.end() ? 0 : static_cast<std::size_t>(found - kStatuses.begin());
}

std::vector<const StageOverview*> consumers_of(const std::vector<StageOverview>& stages, std::string_view event) {
  std::vector<const StageOverview*> consumers;
  if (event.empty()) return consumers;
  for (const auto& stage : stages) {
    if (std::ranges::any_of(stage.consumes, [&](const auto& pattern) { return binding_matches(pattern, event); }))
      consumers.push_back(&stage);
  }
  return consumers;
}

/// Follows an order of one workflow from stage to stage, on every way that it may take.
class OrderPath {
 public:
  explicit OrderPath(const std::vector<StageOverview>& stages) : stages_(stages) {}

  std::vector<std::string> check(const NamedWorkflow& workflow) {
    if (consumers_of(stages_, workflow.first_event).empty()) {
      add("workflow " + workflow.name + " begins with " + workflow.first_event +
          ", which no registered stage consumes: its orders wait in the outbox; start its first stage");
    }
    follow(workflow.first_event, 0);
    if (is_paid_for_ && consumers_of(stages_, kCancelledEvent).empty())
      add("workflow " + workflow.name + ": no registered stage consumes " + std::string(kCancelledEvent) +
          ": nobody undoes the payment of an order that is cancelled after it");
    return std::move(faults_);
  }

 private:
  void add(std::string fault) {
    if (std::ranges::find(faults_, fault) == faults_.end()) faults_.push_back(std::move(fault));
  }

  /// An order with the status `rank` has this event. After a refusal statuses do not move any more.
  void follow(const std::string& event, std::size_t rank, bool is_refused = false) {
    const auto consumers = consumers_of(stages_, event);
    for (const auto* stage : consumers) {
      if (is_on_way(*stage))
        add("stage " + stage->stage + " gets " + event + " after it has had the order: the workflow has a cycle");
    }
    if (!seen_.insert({event, rank, is_refused}).second) return;
    if (consumers.size() > 1 && rank < kShipped && !is_refused) add_fan_out(event, consumers);
    for (const auto* stage : consumers) {
      if (is_on_way(*stage)) continue;
      way_.push_back(stage->stage);
      visit(*stage, rank, is_refused);
      way_.pop_back();
    }
  }

  [[nodiscard]] bool is_on_way(const StageOverview& stage) const {
    return std::ranges::find(way_, stage.stage) != way_.end();
  }

  void visit(const StageOverview& stage, std::size_t rank, bool is_refused) {
    const auto own = rank_of(stage.status);
    if (!is_refused && own > 0 && own < rank) {
      add("stage " + stage.stage + " sets the status " + stage.status + ", but an order that comes to it is " +
          std::string(kStatuses[rank]) + " already: a status does not go back");
    }
    if (!is_refused && !stage.refused.empty() && rank >= kPaid && consumers_of(stages_, stage.refused).empty()) {
      add("stage " + stage.stage + " refuses orders with " + stage.refused +
          " after they were paid for, and no registered stage consumes it: nobody undoes the payment");
    }
    const auto next = is_refused ? rank : std::max(rank, own);
    is_paid_for_ = is_paid_for_ || (!is_refused && next >= kPaid && next <= kShipped);
    follow(stage.publishes, next, is_refused);
    follow(stage.refused, rank, true);
  }

  void add_fan_out(const std::string& event, const std::vector<const StageOverview*>& consumers) {
    std::string names;
    for (const auto* stage : consumers) names.append(names.empty() ? "" : " and ").append(stage->stage);
    add("event " + event + " goes to the stages " + names +
        ": while one of them works on an order, another may cancel it");
  }

  const std::vector<StageOverview>& stages_;
  std::set<std::tuple<std::string, std::size_t, bool>> seen_;
  std::vector<std::string> way_;
  std::vector<std::string> faults_;
  bool is_paid_for_ = false;
};

/// Appends the stages that an order with one of these events may come to, and returns the events of their refusals.
std::vector<std::string> append_stages(const std::vector<StageOverview>& stages, std::deque<std::string> events,
                                       std::vector<StageOverview>& found) {
  std::vector<std::string> refusals;
  for (; !events.empty(); events.pop_front()) {
    for (const auto* stage : consumers_of(stages, events.front())) {
      if (std::ranges::find(found, stage->stage, &StageOverview::stage) != found.end()) continue;
      found.push_back(*stage);
      events.push_back(stage->publishes);
      refusals.push_back(stage->refused);
    }
  }
  return refusals;
}

}  // namespace

std::vector<StageOverview> stages_of_workflow(const std::vector<StageOverview>& stages,
                                              const std::string& first_event) {
  std::vector<StageOverview> found;
  auto refusals = append_stages(stages, {first_event}, found);
  refusals.emplace_back(kCancelledEvent);
  while (!refusals.empty()) refusals = append_stages(stages, {refusals.begin(), refusals.end()}, found);
  return found;
}

std::vector<std::string> check_workflow(const std::vector<StageOverview>& stages, const NamedWorkflow& workflow) {
  return OrderPath(stages).check(workflow);
}

}  // namespace esteira::runtime::orders
