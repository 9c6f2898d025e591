#pragma once
#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/amqp/consumer.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

/// Records the deliveries of a consumer. Thread-safe.
class DeliveryLog {
 public:
  runtime::amqp::Consumer::OnDeliveries keep() {
    return [this](std::vector<runtime::amqp::Delivery>&& deliveries) {
      const std::lock_guard lock(mutex_);
      std::move(deliveries.begin(), deliveries.end(), std::back_inserter(deliveries_));
    };
  }
  [[nodiscard]] std::vector<runtime::amqp::Delivery> all() const {
    const std::lock_guard lock(mutex_);
    return deliveries_;
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return deliveries_.size();
  }
  [[nodiscard]] bool has(const std::string& body) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(deliveries_.begin(), deliveries_.end(), [&](const auto& one) { return one.body == body; });
  }
  [[nodiscard]] std::set<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> found;
    for (const auto& delivery : deliveries_) found.insert(delivery.body);
    return found;
  }
  [[nodiscard]] bool await(std::size_t count) const {
    return wait_until([&] { return this->count() >= count; });
  }
  [[nodiscard]] std::vector<runtime::amqp::DeliveryId> ids() const {
    std::vector<runtime::amqp::DeliveryId> ids;
    for (const auto& delivery : all()) ids.push_back(delivery.id);
    return ids;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<runtime::amqp::Delivery> deliveries_;
};

}  // namespace esteira::test
