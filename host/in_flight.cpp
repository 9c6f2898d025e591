#include "host/in_flight.hpp"

#include <algorithm>
#include <utility>

namespace esteira::host {

std::optional<std::uint64_t> InFlight::add(Key key, runtime::amqp::DeliveryId id) {
  const std::lock_guard lock(mutex_);
  const auto token = last_token_ + 1;
  const Key* kept = nullptr;
  if (!key.order_id.empty()) {
    const auto [known, is_new] = tokens_.try_emplace(std::move(key), token);
    if (!is_new) {
      entries_.at(known->second).add_redelivery(id);
      return std::nullopt;
    }
    kept = &known->first;
  }
  last_token_ = token;
  entries_.emplace(token, Entry{Clock::now(), kept, id, {}});
  return token;
}

void InFlight::Entry::add_redelivery(runtime::amqp::DeliveryId again) {
  if (id.epoch == again.epoch) {
    copies.push_back(again);
  } else {
    id = again;
    copies.clear();
  }
}

std::vector<runtime::amqp::DeliveryId> InFlight::finish(const std::vector<std::uint64_t>& tokens) {
  std::vector<runtime::amqp::DeliveryId> ids;
  ids.reserve(tokens.size());
  const std::lock_guard lock(mutex_);
  for (const auto token : tokens) {
    const auto found = entries_.find(token);
    if (found == entries_.end()) continue;
    const auto& entry = found->second;
    ids.push_back(entry.id);
    ids.insert(ids.end(), entry.copies.begin(), entry.copies.end());
    if (entry.key != nullptr) tokens_.erase(tokens_.find(*entry.key));
    entries_.erase(found);
  }
  return ids;
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
