#include "runtime/amqp/unroutable_publications.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace esteira::runtime::amqp {
namespace {

Route route_of(const Publication& publication) { return {publication.exchange, publication.routing_key}; }

}  // namespace

bool UnroutablePublications::contains(const Publication& publication) const {
  return publication.mandatory && !routes_.empty() && routes_.contains(route_of(publication));
}

std::vector<Route> UnroutablePublications::routes() const {
  const std::lock_guard lock(mutex_);
  std::vector<Route> routes;
  routes.reserve(routes_.size());
  for (const auto& [route, held] : routes_) routes.push_back(route);
  return routes;
}

void UnroutablePublications::add_returned(Publication publication, Clock::time_point now) {
  auto route = route_of(publication);
  auto found = routes_.find(route);
  const bool is_new = found == routes_.end();
  if (is_new) {
    const std::lock_guard lock(mutex_);
    found = routes_.emplace(std::move(route), Held{{}, Backoff(first_pause_, max_pause_), now, std::nullopt}).first;
  }
  auto& held = found->second;
  const bool is_probe = held.probe == publication.token;
  if (is_probe) {
    probes_.erase(publication.token);
    held.probe.reset();
    --size_;
  }
  if (is_new || is_probe) held.probe_at = now + held.pause.next();
  held.publications.push_back(std::move(publication));
  ++size_;
}

void UnroutablePublications::hold(Publication publication) {
  routes_.at(route_of(publication)).publications.push_back(std::move(publication));
  ++size_;
}

std::vector<std::uint64_t> UnroutablePublications::take_surplus() {
  std::vector<std::uint64_t> surplus;
  for (auto& [route, held] : routes_) {
    const std::size_t kept = held.probe ? 0 : 1;
    while (held.publications.size() > kept) {
      surplus.push_back(held.publications.back().token);
      held.publications.pop_back();
    }
  }
  size_ -= surplus.size();
  return surplus;
}

std::optional<Publication> UnroutablePublications::take_probe(Clock::time_point now) {
  for (auto& [route, held] : routes_) {
    if (held.probe || held.publications.empty() || held.probe_at > now) continue;
    auto publication = std::move(held.publications.front());
    held.publications.pop_front();
    held.probe = publication.token;
    probes_.emplace(publication.token, route);
    return publication;
  }
  return std::nullopt;
}

std::chrono::milliseconds UnroutablePublications::next_probe_in(Clock::time_point now,
                                                                std::chrono::milliseconds max_wait) const {
  auto wait = max_wait;
  for (const auto& [route, held] : routes_) {
    if (held.probe || held.publications.empty()) continue;
    wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(held.probe_at - now));
  }
  return std::max(wait, std::chrono::milliseconds(0));
}

std::vector<Publication> UnroutablePublications::answered(std::uint64_t token) {
  const auto probe = probes_.extract(token);
  if (probe.empty()) return {};
  const std::lock_guard lock(mutex_);
  auto held = std::move(routes_.extract(probe.mapped()).mapped());
  size_ -= held.publications.size() + 1;
  return {std::make_move_iterator(held.publications.begin()), std::make_move_iterator(held.publications.end())};
}

void UnroutablePublications::forget_probes(Clock::time_point now) {
  for (auto& [route, held] : routes_) {
    if (!held.probe) continue;
    held.probe.reset();
    held.probe_at = now;
    --size_;
  }
  probes_.clear();
}

}  // namespace esteira::runtime::amqp
