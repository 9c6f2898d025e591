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
#include "runtime/metrics/metrics.hpp"

namespace esteira::runtime::amqp {

/// A thread that keeps one connection alive: connects to the hosts in turn, hands the connection to `serve`, and again,
/// with backoff, when that throws. `serve` runs until `stopping`.
class RecoveringConnection {
 public:
  using Serve = std::function<void(Connection& connection)>;

  /// `role` is what logs and metrics call it.
  RecoveringConnection(Connection::Options options, std::string role, Serve serve, Metrics& metrics);
  ~RecoveringConnection();  ///< stops, without timeout
  RecoveringConnection(const RecoveringConnection&) = delete;
  RecoveringConnection& operator=(const RecoveringConnection&) = delete;

  void start();
  /// From now on `stopping`; waits `timeout` for serve to return and to close, then breaks the connection. Idempotent.
  void stop(std::chrono::milliseconds timeout);

  // For any thread.
  void wake() const { wake_.wake(); }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::string unready_reason() const;

  // For serve.
  [[nodiscard]] bool stopping() const { return stop_.is_set(); }
  /// Set up and working.
  void up();
  void set_unready_reason(std::string reason);
  /// A lost connection is not replaced any more.
  void retire() { retired_ = true; }
  /// Until the connection has something to read, or takes something if `to_write`, or somebody wakes, or `most`.
  void wait(const Connection& connection, bool to_write, std::chrono::milliseconds most) const;

 private:
  void run();
  void serve_once(std::size_t attempt);
  void lost(const char* why);

  const Connection::Options options_;
  const std::string role_;
  const Serve serve_;
  prometheus::Counter& reconnects_;
  SocketGuard guard_;
  WakeFd wake_;
  StopFlag stop_;
  StopFlag finished_;
  std::atomic<bool> connected_ = false;
  bool ever_connected_ = false;
  bool retired_ = false;
  mutable std::mutex mutex_;
  std::string unready_reason_ = "not connected yet";
  std::thread thread_;
};

}  // namespace esteira::runtime::amqp
