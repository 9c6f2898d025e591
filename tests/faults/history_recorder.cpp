#include "tests/faults/history_recorder.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace esteira::faults {

void HistoryRecorder::place(const std::string& key, std::vector<Item> items) {
  const std::lock_guard lock(mutex_);
  history_[key].items = std::move(items);
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

History HistoryRecorder::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(history_, {});
}

std::string order_body(const std::string& key, const std::vector<Item>& items) {
  nlohmann::json body{{"customer_id", key}, {"items", nlohmann::json::array()}};
  for (const auto& [sku, qty] : items) body["items"].push_back({{"sku", sku}, {"qty", qty}});
  return body.dump();
}

}  // namespace esteira::faults
