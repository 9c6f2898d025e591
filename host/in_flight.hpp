#pragma once
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/amqp/message.hpp"

namespace esteira::host {

/// The messages that this host holds, each with the deliveries to acknowledge for it. Thread-safe.
/// A message that is here already is not added again: the new delivery joins the first and is acknowledged with it.
/// After a reconnect the broker redelivers what the host still works on, and a message that was published twice is
/// delivered twice. So no two handlers run for one attempt of a message, and memory stays at one prefetch on one
/// connection.
class InFlight {
 public:
  /// Two deliveries with the same key are of the same message.
  struct Key {
    std::string order_id;  ///< empty when the body is not an order: such a message equals no other
    int redrive = 0;
    int attempt = 1;
    int snoozes = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  /// Adds a delivery. Returns a token for its message, or nothing when the message is here already.
  std::optional<std::uint64_t> add(Key key, runtime::amqp::DeliveryId id);

  /// Removes messages. Returns all deliveries of each on the latest connection that delivered it; those of earlier
  /// connections were requeued by the broker, and Consumer::ack ignores outdated ones. Ignores unknown tokens.
  std::vector<runtime::amqp::DeliveryId> finish(const std::vector<std::uint64_t>& tokens);

  /// The number of messages, not of deliveries.
  [[nodiscard]] std::size_t size() const;
  struct Totals {
    std::size_t messages = 0;
    double oldest_seconds = 0;
  };
  [[nodiscard]] Totals totals() const;
  /// The keys of all messages that are orders.
  [[nodiscard]] std::vector<Key> keys() const;

 private:
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string>()(key.order_id) + 31U * static_cast<std::size_t>(key.redrive) +
             static_cast<std::size_t>(key.attempt) + 1009U * static_cast<std::size_t>(key.snoozes);
    }
  };
  using Clock = std::chrono::steady_clock;
  struct Entry {
    Clock::time_point since;
    const Key* key = nullptr;  ///< points into tokens_; null for a message that is not an order
    runtime::amqp::DeliveryId id;
    std::vector<runtime::amqp::DeliveryId> redeliveries;  ///< of the same epoch as `id`
    void add_redelivery(runtime::amqp::DeliveryId again);
  };
  mutable std::mutex mutex_;
  std::uint64_t last_token_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::unordered_map<Key, std::uint64_t, KeyHash> tokens_;
};

}  // namespace esteira::host
