#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/amqp/publisher.hpp"

namespace esteira::cli {

/// Publishes and waits until the broker has confirmed each message and routed it to a queue. Connects at the first use.
/// One thread.
class ConfirmedPublisher {
 public:
  ConfirmedPublisher(runtime::amqp::BrokerUrl broker, std::string name);

  /// Waits at most for `timeout`. Returns for each publication whether it is in a queue. One that is not may still get
  /// there later, until this object is destroyed. The tokens of the publications are overwritten.
  std::vector<bool> publish(std::vector<runtime::amqp::Publication> publications, std::chrono::milliseconds timeout);

 private:
  runtime::Metrics metrics_;  ///< not served by anyone
  std::mutex mutex_;
  std::condition_variable confirmed_some_;
  std::set<std::uint64_t> confirmed_;
  std::uint64_t last_token_ = 0;
  bool started_ = false;
  runtime::amqp::Publisher publisher_;
};

}  // namespace esteira::cli
