#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace esteira::test {

/// A RabbitMQ client for tests, independent of the runtime's. One thread at a time. Throws std::runtime_error with the
/// broker's reply when the broker refuses a command.
class Broker {
 public:
  struct Got {
    std::string body;
    std::string routing_key;
    std::map<std::string, std::string> headers;  ///< numbers as text; tables and arrays are left out
    std::string type;
    std::string message_id;
    bool redelivered = false;
  };

  Broker();  ///< at ESTEIRA_TEST_RABBITMQ_URL
  explicit Broker(const std::string& url);
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Publishes a persistent message and returns when the broker has confirmed it, even if no queue got it.
  void publish(const std::string& exchange, const std::string& key, const std::string& body,
               const std::map<std::string, std::string>& headers = {});
  /// Takes and acknowledges the next message. Returns nothing when there is none within `timeout`.
  std::optional<Got> get(const std::string& queue, std::chrono::milliseconds timeout = std::chrono::seconds(20));
  /// The number of messages that are ready in the queue.
  std::size_t count(const std::string& queue);
  void purge(const std::string& queue);
  void remove_queue(const std::string& queue);
  void remove_exchange(const std::string& name);
  void remove_binding(const std::string& queue, const std::string& exchange, const std::string& key);
  bool has_queue(const std::string& queue);
  /// Declares a durable quorum queue and binds it to the exchange, which it declares as a durable topic exchange. With
  /// "" it binds to none.
  void declare_queue(const std::string& queue, const std::string& exchange = "", const std::string& key = "");

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::test
