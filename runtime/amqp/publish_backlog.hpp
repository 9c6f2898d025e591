#pragma once
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <vector>

#include "runtime/amqp/message.hpp"

namespace esteira::runtime::amqp {

/// Publications that are not sent yet: a queue of ready ones, and those that wait for their retry time. Not
/// thread-safe.
class PublishBacklog {
 public:
  using Clock = std::chrono::steady_clock;

  void push_back(std::vector<Publication> publications);
  /// Queues them, in their order, before all others.
  void push_front(std::vector<Publication> publications);
  /// Keeps them back until a call of `resume` at or after `until`.
  void pause(std::vector<Publication> publications, Clock::time_point until);

  /// Queues the publications whose pause is over. Returns the time until the next pause ends, at most `max_wait`.
  std::chrono::milliseconds resume(Clock::time_point now, std::chrono::milliseconds max_wait);

  /// True when no publication is ready.
  [[nodiscard]] bool empty() const { return ready_.empty(); }
  Publication pop();

 private:
  std::deque<Publication> ready_;
  std::multimap<Clock::time_point, Publication> paused_;
};

}  // namespace esteira::runtime::amqp
