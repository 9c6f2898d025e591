#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/circuit_breaker.hpp"
#include "api/client_tokens.hpp"
#include "api/db_worker_pool.hpp"
#include "api/outbox_relay.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/http/server.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/metrics/shared_metrics.hpp"
#include "runtime/orders/store/order_store.hpp"

namespace esteira::api {

/// Stores orders in PostgreSQL, responds to their requests and passes their events to the relay. Each batch of
/// submissions is one commit.
class OrderWriter {
 public:
  struct Options {
    std::string database_url;
    std::vector<std::string> clients = {kDefaultClient};  ///< whose orders are stored; each has its own counters
    std::size_t sessions = runtime::default_size("ESTEIRA_WRITERS");
    std::size_t max_queued = runtime::default_size("ESTEIRA_MAX_QUEUED_REQUESTS");
  };
  struct Submission {
    runtime::orders::NewOrder order;
    std::string request_id;
    runtime::http::Responder responder;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  };

  /// Called when PostgreSQL refuses a batch, on any thread of the writer. Must not block.
  using OnRefused = std::function<void()>;

  /// Throws ConfigError when `database_url` is not a valid conninfo.
  OrderWriter(const Options& options, const CircuitBreaker& breaker, OnRefused on_refused, OutboxRelay& relay,
              runtime::Metrics& metrics);
  ~OrderWriter() { stop(); }
  OrderWriter(const OrderWriter&) = delete;
  OrderWriter& operator=(const OrderWriter&) = delete;

  void start() { pool_.start(); }
  /// Makes counters for those of `clients` that have none yet. Thread-safe.
  void add_clients(const std::vector<std::string>& clients);
  /// Queues a submission, or responds with 503 when the queue is full. Thread-safe. Does not block.
  void submit(Submission submission) { pool_.submit(std::move(submission)); }
  /// Whether the circuit breaker is open: PostgreSQL does not store orders at present. Thread-safe.
  [[nodiscard]] bool is_refusing() const { return breaker_.is_open(); }
  /// Whether `submit` would respond with 503 now. Thread-safe.
  [[nodiscard]] bool is_full() const { return pool_.is_full(); }
  /// Stores the queued submissions and joins the threads. A commit in doubt is not repeated any more.
  void stop();

 private:
  struct ClientCounters {
    ClientCounters(runtime::Metrics& metrics, const std::string& client);
    prometheus::Counter& accepted;
    prometheus::Counter& replayed;
  };
  using Batch = std::vector<Submission>;
  void store(runtime::postgres::Session& session, Batch& batch);
  static void refuse(Batch& batch);
  std::vector<runtime::orders::StoreResult> commit(runtime::postgres::Session& session,
                                                   const std::vector<runtime::orders::NewOrder>& orders);
  void respond_and_publish(Batch& batch, std::vector<runtime::orders::NewOrder>& orders,
                           const std::vector<runtime::orders::StoreResult>& results);

  void count(const runtime::orders::NewOrder& order, runtime::orders::StoreResult::Status status);

  const CircuitBreaker& breaker_;
  const OnRefused on_refused_;
  OutboxRelay& relay_;
  runtime::Metrics& metrics_;
  std::mutex counters_mutex_;
  std::map<std::string, ClientCounters, std::less<>> counters_;  ///< by client; entries are only added
  runtime::CommitMetrics commit_metrics_;
  runtime::StopFlag stopping_;
  DbWorkerPool<Submission> pool_;
};

}  // namespace esteira::api
