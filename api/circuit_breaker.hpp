#pragma once
#include <atomic>
#include <memory>
#include <string_view>

#include "runtime/logging/outage.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::api {

/// Whether requests may queue to store orders. While it is open they get 503 at once, instead of after a timeout.
/// DatabaseProbe opens and closes it; the writer asks it. Thread-safe.
class CircuitBreaker {
 public:
  explicit CircuitBreaker(runtime::Metrics& metrics);

  /// `reason` is one line for the log. Logged when it is new in this outage.
  void open(std::string_view reason);
  void close();
  [[nodiscard]] bool is_open() const { return open_; }

  /// "orders cannot be stored", with reasons. Shared with the writer, so that each reason is logged once.
  [[nodiscard]] const std::shared_ptr<runtime::Outage>& outage() const { return outage_; }

 private:
  std::atomic<bool> open_{false};
  prometheus::Gauge& writable_;
  const std::shared_ptr<runtime::Outage> outage_;
};

}  // namespace esteira::api
