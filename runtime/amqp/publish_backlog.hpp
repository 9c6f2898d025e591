#pragma once
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <vector>

#include "runtime/amqp/message.hpp"

namespace esteira::runtime::amqp {

/// What waits to be published: a queue, and those that pause before their next try. Not thread-safe.
class PublishBacklog {
 public:
  using Clock = std::chrono::steady_clock;

  void push_back(std::vector<Publication> publications);
  /// Before all others, in their order.
  void push_front(std::vector<Publication> publications);
  void pause(std::vector<Publication> publications, Clock::time_point until);

  /// Queues those whose pause is over. How long until the next one's is, or `most` if that is less.
  std::chrono::milliseconds resume(Clock::time_point now, std::chrono::milliseconds most);

  [[nodiscard]] bool empty() const { return ready_.empty(); }
  Publication pop();

 private:
  std::deque<Publication> ready_;
  std::multimap<Clock::time_point, Publication> paused_;
};

}  // namespace esteira::runtime::amqp
