#include "tests/faults/request_check.hpp"

#include <algorithm>
#include <array>

namespace esteira::faults {
namespace {

using Effects = std::map<std::string, int>;

/// The position of a status. Completed and failed are equal, because neither follows the other.
int rank_of(const std::string& status) {
  constexpr std::array<const char*, 3> kOrder{"404", "pending", "processing"};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), status) - kOrder.begin());
}

bool is_backwards(const std::string& before, const std::string& after) {
  const bool is_end = rank_of(before) == rank_of("completed");
  return rank_of(after) < rank_of(before) || (is_end && before != after);
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " and ") + name;
  return text;
}

}  // namespace

RequestCheck::RequestCheck(const std::string& key, const Request& request, const std::set<std::string>& orders,
                           const Snapshot& snapshot, std::vector<std::string>& violations)
    : key_(key), request_(request), orders_(orders), snapshot_(snapshot), violations_(violations) {}

void RequestCheck::run() {
  check_answers();
  check_order_of_key();
  check_observed();
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

void RequestCheck::check_observed() {
  std::string before;
  for (const auto& status : request_.observed) {
    if (!before.empty() && is_backwards(before, status))
      add_violation(joined(named_), std::string("went from ").append(before).append(" to ").append(status));
    if (status == "404") add_violation(joined(named_), "was not found after it had been accepted");
    before = status;
  }
}

void RequestCheck::check_order(const std::string& id, const StoredOrder& order) {
  if (order.items != request_.items) add_violation(id, "has other items than were ordered");
  check_final_status(id, order);
  check_effects(id, order);
  const auto& seen = request_.observed;
  if (!seen.empty() && is_backwards(seen.back(), order.status)) {
    add_violation(id, "was seen " + seen.back() + " and is " + order.status);
  }
}

void RequestCheck::check_final_status(const std::string& id, const StoredOrder& order) {
  const std::string expected = has(kFailAlways) ? "failed" : "completed";
  if (order.status != expected) add_violation(id, "is " + order.status + " and should be " + expected);
  const bool has_dead_letter = snapshot_.dead_letters.contains(id);
  if (order.status == "failed" && !has_dead_letter) add_violation(id, "failed without a dead letter");
  if (order.status != "failed" && has_dead_letter) add_violation(id, "has a dead letter although it did not fail");
}

void RequestCheck::check_effects(const std::string& id, const StoredOrder& order) {
  Effects expected{{"api accepted", 1}, {"process done", 1}};
  if (has(kFailAlways)) {
    expected.insert({{"enrich retry", kRetries}, {"enrich failed", 1}});
  } else {
    expected.insert({{"enrich done", 1}, {"finalize done", 1}});
    if (has(kFailOnce)) expected["enrich retry"] = 1;
  }
  Effects actual;
  for (const auto& [stage, outcome] : order.timeline) ++actual[std::string(stage).append(" ").append(outcome)];
  for (const auto& [effect, times] : expected) actual.try_emplace(effect, 0);
  for (const auto& [effect, times] : actual) {
    const auto wanted = expected.contains(effect) ? expected.at(effect) : 0;
    if (times != wanted)
      add_violation(id, effect + " " + std::to_string(times) + " times, not " + std::to_string(wanted));
  }
  const bool is_enriched = order.enrichments.contains("enrich");
  if (is_enriched == has(kFailAlways))
    add_violation(id, is_enriched ? "has an enrichment although it failed" : "has no enrichment");
}

}  // namespace esteira::faults
