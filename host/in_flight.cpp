#include "host/in_flight.hpp"

#include <algorithm>
#include <utility>

namespace esteira::host {

std::optional<std::uint64_t> InFlight::enter(const Key& key, runtime::amqp::DeliveryId id) {
  const std::lock_guard lock(mutex_);
  const auto token = last_token_ + 1;
  if (!key.order_id.empty()) {
    const auto [known, is_new] = tokens_.try_emplace(key, token);
    if (!is_new) {
      auto& ids = entries_.at(known->second).ids;
      if (ids.front().epoch != id.epoch) ids.clear();
      ids.push_back(id);
      return std::nullopt;
    }
  }
  last_token_ = token;
  entries_.emplace(token, Entry{key, Clock::now(), {id}});
  return token;
}

std::vector<runtime::amqp::DeliveryId> InFlight::leave(std::uint64_t token) {
  const std::lock_guard lock(mutex_);
  auto entry = entries_.extract(token);
  if (entry.empty()) return {};
  tokens_.erase(entry.mapped().key);
  return std::move(entry.mapped().ids);
}

std::size_t InFlight::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

InFlight::Holding InFlight::holding() const {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  auto oldest = now;
  for (const auto& [token, entry] : entries_) oldest = std::min(oldest, entry.since);
  return {entries_.size(), std::chrono::duration<double>(now - oldest).count()};
}

std::vector<InFlight::Key> InFlight::held() const {
  const std::lock_guard lock(mutex_);
  std::vector<Key> keys;
  keys.reserve(tokens_.size());
  for (const auto& [key, token] : tokens_) keys.push_back(key);
  return keys;
}

}  // namespace esteira::host
