#include "tests/faults/request_check.hpp"

#include <algorithm>
#include <array>

namespace esteira::faults {
namespace {

/// The position of a status. Completed, failed and cancelled are equal, because none follows another.
int rank_of(const std::string& status) {
  constexpr std::array<const char*, 5> kOrder{"404", "pending", "processing", "paid", "shipped"};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), status) - kOrder.begin());
}

bool is_backwards(const std::string& before, const std::string& after) {
  const bool is_end = rank_of(before) == rank_of("completed");
  return rank_of(after) < rank_of(before) || (is_end && before != after);
}

std::string joined(const std::set<std::string>& names, const std::string& word = " and ") {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : word) + name;
  return text;
}

int count_of(const StoredOrder& order, const std::string& stage, const std::string& outcome) {
  return static_cast<int>(std::count_if(order.timeline.begin(), order.timeline.end(), [&](const auto& event) {
    return event.stage == stage && event.outcome == outcome;
  }));
}

int redrives_of(const StoredOrder& order) {
  return static_cast<int>(std::count_if(order.timeline.begin(), order.timeline.end(),
                                        [](const auto& event) { return event.outcome == "redriven"; }));
}

/// A redrive, and nothing else, moves an order on from failed.
bool is_backwards(const std::string& before, const std::string& after, bool is_redriven) {
  return is_backwards(before, after) && !(is_redriven && before == "failed" && after != "404");
}

}  // namespace

RequestCheck::RequestCheck(const std::string& key, const Request& request, const std::set<std::string>& orders,
                           const Snapshot& snapshot, std::vector<std::string>& violations)
    : key_(key), request_(request), orders_(orders), snapshot_(snapshot), violations_(violations) {}

void RequestCheck::run() {
  check_answers();
  check_order_of_key();
  check_cancellations();
  check_observed(std::any_of(orders_.begin(), orders_.end(),
                             [this](const auto& id) { return redrives_of(snapshot_.orders.at(id)) > 0; }));
  for (const auto& id : orders_) check_order(id, snapshot_.orders.at(id));
}

void RequestCheck::add_violation(const std::string& id, const std::string& what) {
  violations_.push_back("key " + key_ + ", order " + (id.empty() ? "unknown" : id) + ": " + what);
}

bool RequestCheck::has(const std::string& sku) const {
  return std::any_of(request_.items.begin(), request_.items.end(), [&](const Item& item) { return item.sku == sku; });
}

void RequestCheck::check_answers() {
  for (const auto& [status, order_id] : request_.answers) {
    if (status == 202) named_.insert(order_id);
    if (status != 202 && status != 503 && status != 0) add_violation(order_id, "answered " + std::to_string(status));
  }
  if (named_.empty()) add_violation("", "was never accepted");
  if (named_.size() > 1) add_violation(joined(named_), "the responses named several orders");
}

void RequestCheck::check_order_of_key() {
  for (const auto& id : named_) {
    if (!orders_.contains(id)) add_violation(id, "was accepted but is lost");
  }
  if (orders_.size() > 1) add_violation(joined(orders_), "several orders for one key");
  const auto remembered = snapshot_.keys.find(key_);
  const bool is_known = remembered != snapshot_.keys.end();
  if (!named_.empty() && !is_known) add_violation(joined(named_), "the key is missing in idempotency_keys");
  if (is_known && !orders_.contains(remembered->second))
    add_violation(remembered->second, "the key refers to no order");
}

void RequestCheck::check_cancellations() {
  for (const auto status : request_.cancel_answers) {
    if (status != 202 && status != 409 && status != 503 && status != 0)
      add_violation(joined(named_), "its cancellation was answered " + std::to_string(status));
  }
}

bool RequestCheck::cancellation_got(std::initializer_list<int> statuses) const {
  const auto& answers = request_.cancel_answers;
  return std::find_first_of(answers.begin(), answers.end(), statuses.begin(), statuses.end()) != answers.end();
}

void RequestCheck::check_observed(bool is_redriven) {
  std::string before;
  for (const auto& status : request_.observed) {
    if (!before.empty() && is_backwards(before, status, is_redriven))
      add_violation(joined(named_), std::string("went from ").append(before).append(" to ").append(status));
    if (status == "404") add_violation(joined(named_), "was not found after it had been accepted");
    before = status;
  }
}

void RequestCheck::check_order(const std::string& id, const StoredOrder& order) {
  if (order.items != request_.items) add_violation(id, "has other items than were ordered");
  if (order.cents != total_cents(request_)) add_violation(id, "has another total than was ordered");
  check_final_status(id, order);
  check_dead_letter(id, order);
  check_effects(id, order);
  const auto& seen = request_.observed;
  if (!seen.empty() && is_backwards(seen.back(), order.status, redrives_of(order) > 0)) {
    add_violation(id, "was seen " + seen.back() + " and is " + order.status);
  }
}

void RequestCheck::check_final_status(const std::string& id, const StoredOrder& order) {
  const bool is_refused = has(kFailAlways) || snapshot_.ledger.refused_orders.contains(id) || order.is_given_up;
  std::set<std::string> allowed{is_refused ? "failed" : "completed"};
  // An accepted cancellation is kept, unless a failure came first. One without an answer may have been accepted.
  if (cancellation_got({202})) allowed.erase("completed");
  if (cancellation_got({202, 503, 0})) allowed.insert("cancelled");
  if (!allowed.contains(order.status))
    add_violation(id, "is " + order.status + " and should be " + joined(allowed, " or "));
}

/// The orders of the workflow checkout that fail are refused: the provider's answer is known, and nobody has to look.
/// Those that failed for another reason were redriven.
void RequestCheck::check_dead_letter(const std::string& id, const StoredOrder& order) {
  const bool has_dead_letter = snapshot_.dead_letters.contains(id);
  const bool is_failed = order.status == "failed";
  if (is_failed && !is_checkout() && !has_dead_letter) add_violation(id, "failed without a dead letter");
  if (!is_failed && has_dead_letter) add_violation(id, "has a dead letter although it did not fail");
  if (is_failed && is_checkout() && has_dead_letter) add_violation(id, "has a dead letter although it was refused");
}

RequestCheck::Effects RequestCheck::effects_of_default(const StoredOrder& order) const {
  Effects expected{{"api accepted", 1}, {"process done", 1}};
  if (has(kFailAlways)) {
    const auto redrives = redrives_of(order);
    expected.insert(
        {{"enrich retry", kRetries * (redrives + 1)}, {"enrich failed", redrives + 1}, {"enrich redriven", redrives}});
  } else {
    expected.insert({{"enrich done", 1}, {"finalize done", 1}});
    if (has(kFailOnce)) expected["enrich retry"] = 1;
  }
  return expected;
}

/// What the stages did before an order was refused or cancelled is not known, but each did it at most once, and the
/// refund is done once: it consumes the cancellations of both workflows.
RequestCheck::Effects RequestCheck::effects_of_undone(const std::string& id, const StoredOrder& order) const {
  Effects expected{{"api accepted", 1}};
  for (const auto* stage : {"process", "enrich", "finalize", "payment", "shipping", "delivery"})
    expected[std::string(stage) + " done"] = std::min(1, count_of(order, stage, "done"));
  const auto& charges = snapshot_.ledger.charges;
  const bool is_charged =
      std::any_of(charges.begin(), charges.end(), [&](const auto& charge) { return charge.order_id == id; });
  expected["refund done"] = order.status == "cancelled" || is_charged ? 1 : 0;
  return expected;
}

RequestCheck::Effects RequestCheck::expected_effects(const std::string& id, const StoredOrder& order) const {
  if (order.status == "cancelled" || (order.status == "failed" && is_checkout())) return effects_of_undone(id, order);
  if (!is_checkout()) return effects_of_default(order);
  return {{"api accepted", 1}, {"payment done", 1}, {"shipping done", 1}, {"delivery done", 1}, {"finalize done", 1}};
}

void RequestCheck::check_effects(const std::string& id, const StoredOrder& order) {
  const auto expected = expected_effects(id, order);
  // The provider fails at random: how often a stage tries is not known. A cancellation may end any attempt.
  const bool counts_attempts = !is_checkout() && order.status != "cancelled";
  Effects actual;
  for (const auto& [stage, outcome] : order.timeline) {
    const bool is_effect = outcome == "done" || outcome == "accepted";
    if (is_effect || (counts_attempts && outcome != "cancel_requested" && stage != "refund"))
      ++actual[std::string(stage).append(" ").append(outcome)];
  }
  for (const auto& [effect, times] : expected) actual.try_emplace(effect, 0);
  for (const auto& [effect, times] : actual) {
    const auto wanted = expected.contains(effect) ? expected.at(effect) : 0;
    if (times != wanted)
      add_violation(id, effect + " " + std::to_string(times) + " times, not " + std::to_string(wanted));
  }
  check_enrichment(id, order);
}

void RequestCheck::check_enrichment(const std::string& id, const StoredOrder& order) {
  if (is_checkout() || order.status == "cancelled") return;
  const bool is_enriched = order.enrichments.contains("enrich");
  if (is_enriched == has(kFailAlways))
    add_violation(id, is_enriched ? "has an enrichment although it failed" : "has no enrichment");
}

}  // namespace esteira::faults
