#include "host/in_flight.hpp"

namespace esteira::host {

std::optional<std::uint64_t> InFlight::enter(const std::string& key, runtime::amqp::DeliveryId id) {
  const std::lock_guard lock(mutex_);
  const auto token = last_token_ + 1;
  if (!key.empty()) {
    const auto [known, is_new] = tokens_.try_emplace(key, token);
    if (!is_new) {
      entries_.at(known->second).id = id;
      return std::nullopt;
    }
  }
  last_token_ = token;
  entries_.emplace(token, Entry{key, id});
  return token;
}

std::optional<runtime::amqp::DeliveryId> InFlight::leave(std::uint64_t token) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(token);
  if (found == entries_.end()) return std::nullopt;
  const auto id = found->second.id;
  tokens_.erase(found->second.key);
  entries_.erase(found);
  return id;
}

std::size_t InFlight::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace esteira::host
