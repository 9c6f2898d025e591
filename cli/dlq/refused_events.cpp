#include "cli/dlq/refused_events.hpp"

#include <algorithm>

#include "runtime/orders/workers/workflow.hpp"

namespace esteira::cli {

namespace orders = runtime::orders;

RefusedEvents::RefusedEvents(DlqSession& session)
    : stages_(orders::read_stages(session.database, session.installation.exchange)) {}

bool RefusedEvents::is_consumed(const std::string& event, const std::string& publisher) const {
  return std::ranges::any_of(stages_, [&](const orders::StageOverview& stage) {
    return stage.stage != publisher && std::ranges::any_of(stage.consumes, [&](const std::string& key) {
             return orders::binding_matches(key, event);
           });
  });
}

RefusedEvents::Answer RefusedEvents::find(const std::string& stage) const {
  const auto found = std::ranges::find(stages_, stage, &orders::StageOverview::stage);
  const auto remedy = "to drop its dead letters: esteira dlq purge --stage " + stage;
  if (found == stages_.end() || found->refused.empty())
    return {"", "the stage " + stage + " has no refused event, so its dead letters cannot be given up; " + remedy};
  if (is_consumed(found->refused, stage)) return {found->refused, ""};
  return {"", "no stage consumes " + found->refused + ", the refused event of the stage " + stage +
                  ", so nobody would undo what was done; start a stage that consumes it, or " + remedy};
}

}  // namespace esteira::cli
