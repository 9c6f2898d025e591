#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/order_reader.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Keeps the requests that wait for a change of their order (GET /orders/{id}?wait=20s). One thread looks for changes
/// of all their orders with one query, several times a second and only while somebody waits. It passes a request on to
/// be answered when its order has changed, its wait is over, its client has left, or the API stops.
class OrderWatch {
 public:
  struct Options {
    std::string database_url;
    std::size_t max_waiting = runtime::default_size("ESTEIRA_MAX_WAITERS");  ///< more requests get 503
  };
  /// Reads the order again and responds, or adds the request again. Called from the thread of the watch.
  using OnReleased = std::function<void(OrderReader::Lookup&&)>;

  /// Throws ConfigError when the URL is not a valid conninfo.
  OrderWatch(const Options& options, OnReleased on_released, runtime::Metrics& metrics);
  ~OrderWatch() { stop(); }
  OrderWatch(const OrderWatch&) = delete;
  OrderWatch& operator=(const OrderWatch&) = delete;

  void start();
  /// Keeps a request whose `wait_until` and `seen` are set, or responds with 503 when too many wait. Thread-safe. Does
  /// not block.
  void add(OrderReader::Lookup lookup);
  /// From now on nobody waits: all requests are passed on at once. Thread-safe.
  void end_waits() { waits_ended_ = true; }
  /// Passes all requests on and joins the thread.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using Waiting = std::list<OrderReader::Lookup>;
  struct WatchMetrics {
    explicit WatchMetrics(runtime::Metrics& metrics);
    prometheus::Gauge& waiting;
    prometheus::Counter& changed;
    prometheus::Counter& expired;
    prometheus::Counter& client_left;
    prometheus::Counter& stopped;
    prometheus::Counter& refused;
    prometheus::Histogram& look_seconds;
  };

  void run();
  void take_arrivals();
  void release_ended();
  void look_for_changes();
  [[nodiscard]] std::vector<Waiting::iterator> find_changed_orders();
  [[nodiscard]] prometheus::Counter* end_of_wait(const OrderReader::Lookup& lookup, Clock::time_point now) const;
  void release(OrderReader::Lookup lookup, prometheus::Counter& reason);

  const std::size_t max_waiting_;
  OnReleased on_released_;
  WatchMetrics metrics_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"changes of orders cannot be seen", "changes of orders can be seen again"};
  std::atomic<std::size_t> count_{0};  ///< requests that were added and not passed on
  std::atomic<bool> waits_ended_{false};
  runtime::BatchQueue<OrderReader::Lookup> arrivals_;
  Waiting waiting_;                ///< of the thread
  Clock::time_point next_look_{};  ///< of the thread
  std::thread thread_;
};

}  // namespace esteira::api
