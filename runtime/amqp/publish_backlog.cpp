#include "runtime/amqp/publish_backlog.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace esteira::runtime::amqp {

void PublishBacklog::push_back(std::vector<Publication> publications) {
  std::move(publications.begin(), publications.end(), std::back_inserter(ready_));
}

void PublishBacklog::push_front(std::vector<Publication> publications) {
  std::move(publications.rbegin(), publications.rend(), std::front_inserter(ready_));
}

void PublishBacklog::pause(std::vector<Publication> publications, Clock::time_point until) {
  for (auto& publication : publications) paused_.emplace(until, std::move(publication));
}

std::chrono::milliseconds PublishBacklog::resume(Clock::time_point now, std::chrono::milliseconds max_wait) {
  while (!paused_.empty() && paused_.begin()->first <= now) {
    ready_.push_back(std::move(paused_.begin()->second));
    paused_.erase(paused_.begin());
  }
  if (paused_.empty()) return max_wait;
  return std::min(max_wait, std::chrono::ceil<std::chrono::milliseconds>(paused_.begin()->first - now));
}

Publication PublishBacklog::pop() {
  auto publication = std::move(ready_.front());
  ready_.pop_front();
  return publication;
}

}  // namespace esteira::runtime::amqp
