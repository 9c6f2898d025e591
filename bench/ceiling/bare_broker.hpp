#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct amqp_connection_state_t_;

namespace esteira::bench {

/// A RabbitMQ connection with one channel, using only rabbitmq-c. Errors throw std::runtime_error. One thread.
class BareBroker {
 public:
  explicit BareBroker(const std::string& url);

  /// Declares a durable quorum queue and binds it by its name to a topic exchange, which is deleted with the last
  /// queue.
  void declare(const std::string& queue);
  void remove(const std::string& queue);

  void confirm_select();
  /// Publishes through that exchange like an event: persistent and mandatory, with the properties of an event.
  void publish(const std::string& queue, const std::string& body);
  /// Waits until the broker has confirmed all publications.
  void await_confirms();

  void consume(const std::string& queue, std::uint16_t prefetch);
  /// Waits for the first message and returns the bodies of those that have arrived, at most `most`.
  std::vector<std::string> receive(std::size_t most);
  /// Acknowledges all messages received so far.
  void acknowledge();

 private:
  struct Destroy {
    void operator()(amqp_connection_state_t_* state) const;
  };
  void require(bool ok, const char* doing) const;

  std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
  std::uint64_t published_ = 0;
  std::uint64_t confirmed_ = 0;
  std::uint64_t last_tag_ = 0;
};

}  // namespace esteira::bench
