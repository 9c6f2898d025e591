#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace esteira::test {

/// A client of RabbitMQ apart from the runtime's, to put messages in and look at what came out. One thread at a time.
/// Whatever the broker refuses throws std::runtime_error with its words.
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

  /// Persistent; returns when the broker has confirmed it. Routed or not.
  void publish(const std::string& exchange, const std::string& key, const std::string& body,
               const std::map<std::string, std::string>& headers = {});
  /// The next message, acknowledged; nothing when none comes within `timeout`.
  std::optional<Got> get(const std::string& queue, std::chrono::milliseconds timeout = std::chrono::seconds(20));
  /// Messages ready in the queue.
  std::size_t count(const std::string& queue);
  void purge(const std::string& queue);
  void remove_queue(const std::string& queue);
  void remove_exchange(const std::string& name);
  bool has_queue(const std::string& queue);
  /// A durable quorum queue, bound to the exchange, which is declared as a durable topic; "" binds to none.
  void declare_queue(const std::string& queue, const std::string& exchange = "", const std::string& key = "");

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::test
