#pragma once
#include <mutex>
#include <string>

#include "tests/faults/history.hpp"

namespace esteira::faults {

/// Collects a history from several clients. Thread-safe.
class HistoryRecorder {
 public:
  void place(const std::string& key, std::vector<Item> items);
  void answer(const std::string& key, Answer answer);
  void observe(const std::string& key, const std::string& status);
  [[nodiscard]] History take();

 private:
  std::mutex mutex_;
  History history_;
};

/// The body of a request. The key is also the customer.
std::string order_body(const std::string& key, const std::vector<Item>& items);

}  // namespace esteira::faults
