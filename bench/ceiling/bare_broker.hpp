#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct amqp_connection_state_t_;

namespace esteira::bench {

/// A connection to RabbitMQ with one channel, on rabbitmq-c alone. Any trouble throws std::runtime_error. One thread.
class BareBroker {
 public:
  explicit BareBroker(const std::string& url);

  /// A durable quorum queue, bound by its name to a topic exchange that goes with the last queue.
  void declare(const std::string& queue);
  void remove(const std::string& queue);

  void confirm_select();
  /// Through that exchange, as events go: persistent and mandatory, with the properties of an event.
  void publish(const std::string& queue, const std::string& body);
  /// Until the broker has confirmed everything that was published.
  void await_confirms();

  void consume(const std::string& queue, std::uint16_t prefetch);
  /// From 1 to `most` bodies: waits for the first one, and takes no more than are there.
  std::vector<std::string> receive(std::size_t most);
  /// Everything received so far.
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
