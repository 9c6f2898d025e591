#pragma once
#include <mutex>
#include <string>

#include "tests/faults/history.hpp"

namespace esteira::faults {

/// Collects a history from several clients. Thread-safe.
class HistoryRecorder {
 public:
  void place(const std::string& key, std::vector<Item> items, int unit_cents = 0);
  void answer(const std::string& key, Answer answer);
  void observe(const std::string& key, const std::string& status);
  void answer_cancellation(const std::string& key, int status);
  [[nodiscard]] History take();

 private:
  std::mutex mutex_;
  History history_;
};

/// The body of a request. The key is also the customer. With a price it is an order of the workflow checkout.
std::string order_body(const std::string& key, const std::vector<Item>& items, int unit_cents = 0);

}  // namespace esteira::faults
