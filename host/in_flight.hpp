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

/// The messages this host holds, and the deliveries to acknowledge for each. The broker delivers again after a
/// reconnect what is still being worked on here, and a message that was published twice comes twice: such a copy is not
/// worked on, only acknowledged with the first. So memory stays at one prefetch, and a handler is not run beside
/// itself. Thread-safe.
class InFlight {
 public:
  /// What makes a message the same one.
  struct Key {
    std::string order_id;  ///< empty for a message that is no order: it is never the same as another
    int redrive = 0;
    int attempt = 1;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  /// A token for the message; nothing when it is here already.
  std::optional<std::uint64_t> add(Key key, runtime::amqp::DeliveryId id);

  /// The messages are finished with: every delivery of each on the connection where it came last. An unknown token is
  /// passed over.
  std::vector<runtime::amqp::DeliveryId> finish(const std::vector<std::uint64_t>& tokens);

  [[nodiscard]] std::size_t size() const;
  struct Holding {
    std::size_t messages = 0;
    double oldest_seconds = 0;
  };
  [[nodiscard]] Holding holding() const;
  /// The orders whose messages are here.
  [[nodiscard]] std::vector<Key> held() const;

 private:
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string>()(key.order_id) + 31U * static_cast<std::size_t>(key.redrive) +
             static_cast<std::size_t>(key.attempt);
    }
  };
  using Clock = std::chrono::steady_clock;
  struct Entry {
    Clock::time_point since;
    const Key* key = nullptr;  ///< in tokens_; none for a message that is no order
    runtime::amqp::DeliveryId id;
    std::vector<runtime::amqp::DeliveryId> copies;  ///< of the same epoch
    void add_redelivery(runtime::amqp::DeliveryId again);
  };
  mutable std::mutex mutex_;
  std::uint64_t last_token_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::unordered_map<Key, std::uint64_t, KeyHash> tokens_;
};

}  // namespace esteira::host
