#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "runtime/amqp/message.hpp"

namespace esteira::host {

/// The messages this host holds, and the delivery to acknowledge for each. After a reconnect the broker delivers again
/// what is still being worked on here: the copy is not worked on, it only brings the delivery to acknowledge.
/// So memory stays at one prefetch, and a handler is not run beside itself. Thread-safe.
class InFlight {
 public:
  /// A token for the message called `key`; nothing when that message is here already. An empty key is always new.
  std::optional<std::uint64_t> enter(const std::string& key, runtime::amqp::DeliveryId id);

  /// The message is finished with: its delivery, as it last came. Nothing for an unknown token.
  std::optional<runtime::amqp::DeliveryId> leave(std::uint64_t token);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    runtime::amqp::DeliveryId id;
  };
  mutable std::mutex mutex_;
  std::uint64_t last_token_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::unordered_map<std::string, std::uint64_t> tokens_;
};

}  // namespace esteira::host
