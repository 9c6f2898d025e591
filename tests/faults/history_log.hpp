#pragma once
#include <mutex>
#include <string>

#include "tests/faults/history.hpp"

namespace esteira::faults {

/// A history as it is being made. Thread-safe.
class HistoryLog {
 public:
  void place(const std::string& key, std::vector<Item> items);
  void answer(const std::string& key, Answer answer);
  void observe(const std::string& key, const std::string& status);
  [[nodiscard]] History take();

 private:
  std::mutex mutex_;
  History history_;
};

/// The request's body: the key is the customer, too.
std::string order_body(const std::string& key, const std::vector<Item>& items);

}  // namespace esteira::faults
