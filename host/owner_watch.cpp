#include "host/owner_watch.hpp"

namespace esteira::host {

namespace {

/// Heartbeats are written every two seconds: a host that died is known to be dead after six to eight.
constexpr int kDeadAfterBeats = 4;
/// A host that was not of interest for so long is forgotten.
constexpr std::chrono::minutes kMaxMemory{1};

}  // namespace

void OwnerWatch::update(const Heartbeats& heartbeats, Clock::time_point now) {
  std::erase_if(observations_, [now](const auto& entry) { return now - entry.second.looked_at > kMaxMemory; });
  const auto own = heartbeats.find(own_instance_);
  const bool has_beaten = own != heartbeats.end() && own->second != own_heartbeat_;
  if (has_beaten) own_heartbeat_ = own->second;
  for (const auto& [instance, heartbeat] : heartbeats) {
    const auto [found, is_new] = observations_.try_emplace(instance);
    auto& observation = found->second;
    if (is_new || observation.heartbeat != heartbeat) {
      observation = {heartbeat, 0, now, State::alive};
    } else if (has_beaten) {
      ++observation.own_beats;
    }
    observation.looked_at = now;
    if (heartbeat.empty()) {
      observation.state = State::stopped;
    } else if (observation.own_beats >= kDeadAfterBeats) {
      observation.state = State::dead;
    }
  }
}

OwnerWatch::State OwnerWatch::state(const std::string& instance) const { return observations_.at(instance).state; }

}  // namespace esteira::host
