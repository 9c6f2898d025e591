#include "host/in_flight.hpp"

namespace esteira::host {

std::optional<std::uint64_t> InFlight::enter(const Key& key, runtime::amqp::DeliveryId id) {
  const std::lock_guard lock(mutex_);
  const auto token = last_token_ + 1;
  if (!key.order_id.empty()) {
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

std::vector<InFlight::Key> InFlight::held() const {
  const std::lock_guard lock(mutex_);
  std::vector<Key> keys;
  keys.reserve(tokens_.size());
  for (const auto& [key, token] : tokens_) keys.push_back(key);
  return keys;
}

}  // namespace esteira::host
