#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/socket_guard.hpp"
#include "runtime/amqp/wake_fd.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/log_limiter.hpp"
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::amqp {

/// Keeps one broker connection open on a thread of its own. The thread connects to the hosts in turn and calls `serve`
/// with the connection. When connecting or `serve` throws, and when `serve` returns, it connects again, with backoff,
/// until `stop` or `stop_reconnecting`.
class RecoveringConnection {
 public:
  /// Uses the connection until `stopping`. Throws BrokerError when the connection is lost.
  using Serve = std::function<void(Connection& connection)>;

  /// `role` is the name of this connection in logs and metrics.
  RecoveringConnection(Connection::Options options, std::string role, Serve serve, Metrics& metrics);
  ~RecoveringConnection();  ///< calls `stop` with a timeout of 0
  RecoveringConnection(const RecoveringConnection&) = delete;
  RecoveringConnection& operator=(const RecoveringConnection&) = delete;

  /// Starts the thread; does not wait for the connection. Call once.
  void start();
  /// Makes `stopping` true, waits up to `timeout` for `serve` to return and the connection to close, then shuts the
  /// socket down. Without a connection it does not wait. Returns when the thread has ended. Idempotent.
  void stop(std::chrono::milliseconds timeout);

  // For any thread.
  /// Ends the current or the next `wait`.
  void wake() const { wake_.wake(); }
  /// True from `mark_connected` until the connection is lost or closed.
  [[nodiscard]] bool connected() const { return connected_; }
  /// Why there is no connection, or what `serve` reported; empty when it works.
  [[nodiscard]] std::string unready_reason() const;

  // Call on the thread of `serve` only.
  [[nodiscard]] bool stopping() const { return stop_.is_set(); }
  /// `serve` reports that the connection is set up.
  void mark_connected();
  void set_unready_reason(std::string reason);
  /// From now on a lost connection is not replaced.
  void stop_reconnecting() { reconnecting_stopped_ = true; }
  /// Waits until the connection is readable, or writable when `to_write`, or `wake` is called, or `timeout` is over.
  void wait(const Connection& connection, bool to_write, std::chrono::milliseconds timeout) const;

 private:
  void run();
  void serve_once(std::size_t attempt);
  void report_loss(const std::string& why);

  const Connection::Options options_;
  const std::string role_;
  const Serve serve_;
  prometheus::Counter& reconnects_;
  SocketGuard guard_;
  WakeFd wake_;
  StopFlag stop_;
  StopFlag finished_;
  std::atomic<bool> connected_ = false;
  LogLimiter losses_;         ///< by reason
  bool loss_logged_ = false;  ///< the last loss that was logged is not over
  bool ever_connected_ = false;
  bool reconnecting_stopped_ = false;
  mutable std::mutex mutex_;
  std::string unready_reason_ = "not connected yet";
  std::thread thread_;
};

}  // namespace esteira::runtime::amqp
