#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/socket_guard.hpp"
#include "runtime/amqp/transport.hpp"
#include "runtime/lifecycle/file_descriptor.hpp"

struct amqp_connection_state_t_;

namespace esteira::runtime::amqp {

/// One open connection to the broker. It asks the broker to report blocked publishers and cancelled consumers. Only one
/// thread may use it.
class Connection {
 public:
  struct Options {
    BrokerUrl url;
    std::string name;                    ///< shown in RabbitMQ's list of connections
    std::chrono::seconds heartbeat{10};  ///< a broker that is silent for twice this time counts as lost
    std::chrono::milliseconds connect_timeout{3000};
    std::chrono::milliseconds rpc_timeout{15000};  ///< for each request to the broker
  };

  /// Connects and logs in. Tries every host once, starting at index `first_host` modulo their number. Throws
  /// BrokerError with the error of each host. The guard, when given, must outlive the connection.
  explicit Connection(const Options& options, std::size_t first_host = 0, SocketGuard* guard = nullptr);
  ~Connection();  ///< drops the socket; call `close` first to close in the way of AMQP
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends connection.close and waits for the answer. Does not throw.
  void close();

  [[nodiscard]] amqp_connection_state_t_* handle() const { return state_.get(); }
  /// The socket, to poll. It stays open as long as this object, even when the library has closed its own descriptor.
  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] Transport& transport() { return *transport_; }
  /// True when received bytes wait although the socket may not be readable.
  [[nodiscard]] bool has_unread() const { return transport_->has_unread(); }
  /// True when a write of 32 KiB would not block, or the connection is broken.
  [[nodiscard]] bool writable() const;

 private:
  void open(const BrokerUrl::Host& host, const Options& options);
  void log_in(const Options& options);

  struct Destroy {
    void operator()(amqp_connection_state_t_* state) const;
  };
  SocketGuard* guard_;
  FileDescriptor socket_;
  std::unique_ptr<Transport> transport_;  // before state_, which uses it until its end
  std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
};

}  // namespace esteira::runtime::amqp
