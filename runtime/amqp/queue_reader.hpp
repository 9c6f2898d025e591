#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/connection.hpp"

namespace esteira::runtime::amqp {

/// Reads one queue as it stood at the start. What is read is held, seen by nobody else, until it is taken; the rest
/// goes back to its place when this object closes. For one thread; everything but the destructor throws BrokerError.
class QueueReader {
 public:
  QueueReader(BrokerUrl url, const std::string& name, std::string queue);
  ~QueueReader();  ///< gives back what was not taken
  QueueReader(const QueueReader&) = delete;
  QueueReader& operator=(const QueueReader&) = delete;

  /// Messages that were ready at the start.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The next of them; nothing at their end.
  std::optional<Delivery> next();
  /// Removes it from the queue.
  void take(const Delivery& delivery);
  /// Lets time go by without the broker giving the connection up.
  void pause(std::chrono::milliseconds time);
  /// When it returns, what was taken is gone from the queue.
  void close();

 private:
  std::string queue_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Channel> channel_;
  std::size_t size_ = 0;
  std::size_t read_ = 0;
};

/// Asks how many messages are ready in queues that may not exist.
class QueueProbe {
 public:
  QueueProbe(BrokerUrl url, std::string name);
  ~QueueProbe();
  QueueProbe(const QueueProbe&) = delete;
  QueueProbe& operator=(const QueueProbe&) = delete;

  /// Nothing when there is no such queue. Throws BrokerError for other trouble.
  std::optional<std::size_t> ready(const std::string& queue);

 private:
  Connection::Options options_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace esteira::runtime::amqp
