#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "runtime/amqp/broker_url.hpp"
#include "runtime/amqp/file_descriptor.hpp"
#include "runtime/amqp/socket_guard.hpp"

struct amqp_connection_state_t_;

namespace esteira::runtime::amqp {

/// One connection to the broker, logged in, last_warned of blocked publishers and cancelled consumers. For one thread.
class Connection {
 public:
  struct Options {
    BrokerUrl url;
    std::string name;                    ///< as the broker shows it
    std::chrono::seconds heartbeat{10};  ///< a silent broker is given up after twice this
    std::chrono::milliseconds connect_timeout{3000};
    std::chrono::milliseconds rpc_timeout{15000};  ///< for each question to the broker
  };

  /// Tries every host once, beginning with number `first_host` (modulo). Throws BrokerError that tells each host's
  /// trouble. The guard, when given, must outlive the connection.
  explicit Connection(const Options& options, std::size_t first_host = 0, SocketGuard* guard = nullptr);
  ~Connection();  ///< without a word to the broker, unless closed before
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Says goodbye. Does not throw.
  void close();

  [[nodiscard]] amqp_connection_state_t_* handle() const { return state_.get(); }
  /// To poll; stays open as long as this object, whatever the library does.
  [[nodiscard]] int fd() const { return socket_.get(); }
  /// A write of some tens of kilobytes would not wait.
  [[nodiscard]] bool writable() const;

 private:
  void open(const BrokerUrl::Host& host, const Options& options);
  void log_in(const Options& options);

  struct Destroy {
    void operator()(amqp_connection_state_t_* state) const;
  };
  SocketGuard* guard_;
  FileDescriptor socket_;
  std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
};

}  // namespace esteira::runtime::amqp
