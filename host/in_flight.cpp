#include "host/in_flight.hpp"

#include <algorithm>
#include <utility>

namespace esteira::host {

std::optional<std::uint64_t> InFlight::add(Key key, runtime::amqp::DeliveryId id) {
  const std::lock_guard lock(mutex_);
  const auto token = last_token_ + 1;
  const Key* entry_key = nullptr;
  if (!key.order_id.empty()) {
    const auto [known, is_new] = tokens_.try_emplace(std::move(key), token);
    if (!is_new) {
      entries_.at(known->second).add_redelivery(id);
      return std::nullopt;
    }
    entry_key = &known->first;
  }
  last_token_ = token;
  entries_.emplace(token, Entry{Clock::now(), entry_key, id, {}});
  return token;
}

void InFlight::Entry::add_redelivery(runtime::amqp::DeliveryId again) {
  if (id.epoch == again.epoch) {
    redeliveries.push_back(again);
  } else {
    id = again;
    redeliveries.clear();
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
    ids.insert(ids.end(), entry.redeliveries.begin(), entry.redeliveries.end());
    if (entry.key != nullptr) tokens_.erase(tokens_.find(*entry.key));
    entries_.erase(found);
  }
  return ids;
}

std::size_t InFlight::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

InFlight::Totals InFlight::totals() const {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  auto oldest = now;
  for (const auto& [token, entry] : entries_) oldest = std::min(oldest, entry.since);
  return {entries_.size(), std::chrono::duration<double>(now - oldest).count()};
}

std::vector<InFlight::Key> InFlight::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<Key> keys;
  keys.reserve(tokens_.size());
  for (const auto& [key, token] : tokens_) keys.push_back(key);
  return keys;
}

}  // namespace esteira::host
