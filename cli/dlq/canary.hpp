#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/orders/operations/redrive.hpp"

namespace esteira::cli {

/// The first orders of a redrive. The others are redriven only when all of these have passed the stage in which they
/// had failed.
class Canary {
 public:
  /// A size of 0 is a redrive without a canary: it is never full.
  Canary(std::size_t size, std::chrono::milliseconds timeout) : size_(size), timeout_(timeout) {}

  /// Adds a dead letter that was just redriven; ignored when enough were added.
  void add(const runtime::orders::DeadLetter& letter) {
    if (letters_.size() < size_) letters_.push_back({letter.order_id, letter.stage, letter.redrive});
  }
  /// Whether enough dead letters were added.
  [[nodiscard]] bool full() const { return size_ > 0 && letters_.size() >= size_; }

  /// Waits until all orders have passed. Returns an empty text then, or the failure: an order failed again, or the
  /// timeout elapsed. Throws Unavailable.
  std::string wait(runtime::postgres::Session& database);

 private:
  struct CanaryStatus {
    std::size_t passed = 0;
    std::string failure;
  };
  struct Letter {
    std::string order_id;
    std::string stage;
    int redrive = 0;
  };
  [[nodiscard]] CanaryStatus read_status(runtime::postgres::Session& database) const;

  std::size_t size_;
  std::chrono::milliseconds timeout_;
  std::vector<Letter> letters_;
};

}  // namespace esteira::cli
