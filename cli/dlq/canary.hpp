#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "cli/dlq/dead_letter_reader.hpp"

namespace esteira::cli {

/// The first orders of a redrive. The others are redriven only when all of these have passed the stage in which they
/// had failed.
class Canary {
 public:
  /// A size of 0 is a redrive without a canary: it is never full.
  Canary(std::size_t size, std::chrono::milliseconds timeout) : size_(size), timeout_(timeout) {}

  /// Adds a dead letter that was just redriven.
  void add(const runtime::orders::DeadLetter& letter) { letters_.push_back(letter); }
  /// Whether enough dead letters were added.
  [[nodiscard]] bool full() const { return size_ > 0 && letters_.size() >= size_; }

  /// Waits until all orders have passed. Returns an empty text then, or the failure: an order failed again, or the
  /// timeout elapsed. `reader` keeps its connection to the broker alive meanwhile. Throws Unavailable and BrokerError.
  std::string wait(runtime::postgres::Session& database, DeadLetterReader& reader);

 private:
  struct CanaryStatus {
    std::size_t passed = 0;
    std::string failure;
  };
  [[nodiscard]] CanaryStatus read_status(runtime::postgres::Session& database) const;

  std::size_t size_;
  std::chrono::milliseconds timeout_;
  std::vector<runtime::orders::DeadLetter> letters_;
};

}  // namespace esteira::cli
