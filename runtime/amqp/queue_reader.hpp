#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/socket_guard.hpp"

namespace esteira::runtime::amqp {

/// Reads messages of a queue one by one (basic.get), at most as many as were ready at construction. A message that
/// `next` returned stays unacknowledged: no other consumer gets it. `take` acknowledges it, which removes it from the
/// queue. When this object closes, it returns every message that was not taken to its old position. RabbitMQ before 4.3
/// counts that as one more delivery. Only one thread may use it. Every function but the destructor throws BrokerError.
class QueueReader {
 public:
  /// At most so many messages may be taken between two calls of `next`. Of more acknowledgements at once RabbitMQ holds
  /// the others of a quorum queue back (quorum_commands_soft_limit), and forgets them when the channel closes.
  static constexpr std::size_t kMaxTaken = 32;

  QueueReader(BrokerUrl url, const std::string& name, std::string queue);
  ~QueueReader();  ///< closes the connection; what was not taken is requeued
  QueueReader(const QueueReader&) = delete;
  QueueReader& operator=(const QueueReader&) = delete;

  /// The number of messages that were ready at construction.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The next of these messages; empty at their end, or when the queue is empty before.
  std::optional<Delivery> next();
  /// Acknowledges the message and thereby removes it from the queue. `close` makes sure that the broker has done so.
  void take(const Delivery& delivery);
  /// Sleeps, and meanwhile keeps the heartbeats going, so that the broker does not close the connection.
  void pause(std::chrono::milliseconds time);
  /// Closes the connection. When it returns, the taken messages are removed and the others requeued.
  void close();

 private:
  std::string queue_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Channel> channel_;
  std::size_t size_ = 0;
  std::size_t read_ = 0;
};

/// Counts the ready messages of queues that may not exist. It declares them passively: no message is read, moved or
/// requeued. Connects at the first call, and again after an error. Only one thread may use it.
class QueueProbe {
 public:
  QueueProbe(BrokerUrl url, std::string name);
  ~QueueProbe();
  QueueProbe(const QueueProbe&) = delete;
  QueueProbe& operator=(const QueueProbe&) = delete;

  /// Empty when the queue does not exist. Throws BrokerError for any other error.
  std::optional<Channel::QueueState> state(const std::string& queue);
  /// The number of ready messages; otherwise as `state`.
  std::optional<std::size_t> ready(const std::string& queue);
  /// Makes a call that runs, and all later ones, throw soon. For any thread.
  void abort() { guard_.abort(); }

 private:
  Connection::Options options_;
  SocketGuard guard_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace esteira::runtime::amqp
