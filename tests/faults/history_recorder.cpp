#include "tests/faults/history_recorder.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace esteira::faults {
namespace {

/// "12.05" for 1205.
std::string price_text(int cents) {
  const auto decimals = std::to_string(cents % 100);
  return std::to_string(cents / 100) + (decimals.size() < 2 ? ".0" : ".") + decimals;
}

}  // namespace

void HistoryRecorder::place(const std::string& key, std::vector<Item> items, int unit_cents) {
  const std::lock_guard lock(mutex_);
  history_[key].items = std::move(items);
  history_[key].unit_cents = unit_cents;
}

void HistoryRecorder::answer(const std::string& key, Answer answer) {
  const std::lock_guard lock(mutex_);
  history_[key].answers.push_back(std::move(answer));
}

void HistoryRecorder::observe(const std::string& key, const std::string& status) {
  const std::lock_guard lock(mutex_);
  auto& observed = history_[key].observed;
  if (observed.empty() || observed.back() != status) observed.push_back(status);
}

void HistoryRecorder::answer_cancellation(const std::string& key, int status) {
  const std::lock_guard lock(mutex_);
  history_[key].cancel_answers.push_back(status);
}

History HistoryRecorder::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(history_, {});
}

std::string order_body(const std::string& key, const std::vector<Item>& items, int unit_cents) {
  nlohmann::json body{{"customer_id", key}, {"items", nlohmann::json::array()}};
  for (const auto& [sku, qty] : items) body["items"].push_back({{"sku", sku}, {"qty", qty}});
  if (unit_cents > 0) {
    body["workflow"] = "checkout";
    for (auto& item : body["items"]) item["unit_price"] = price_text(unit_cents);
  }
  return body.dump();
}

}  // namespace esteira::faults
