#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/db_worker.hpp"
#include "api/outbox_relay.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/http/server.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/metrics/metrics.hpp"
#include "runtime/metrics/shared_metrics.hpp"
#include "runtime/orders/store/order_store.hpp"

namespace esteira::api {

/// Stores orders: each of its threads takes all that wait and commits them together, then answers each request and
/// hands the events to the relay. Requests share a commit whenever they come faster than the database commits.
class OrderWriter {
 public:
  struct Options {
    std::string database_url;
    std::size_t sessions = runtime::default_size("ESTEIRA_WRITERS");
    std::size_t max_queued = runtime::default_size("ESTEIRA_MAX_QUEUED_REQUESTS");
  };
  struct Submission {
    runtime::orders::NewOrder order;
    std::string request_id;
    runtime::http::Responder responder;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  };

  /// Throws ConfigError when the database's URL is none.
  OrderWriter(Options options, OutboxRelay& relay, runtime::Metrics& metrics);
  ~OrderWriter();
  OrderWriter(const OrderWriter&) = delete;
  OrderWriter& operator=(const OrderWriter&) = delete;

  void start();
  /// Thread-safe, does not wait. Answers 503 at once when too many wait.
  void submit(Submission submission);
  /// Whether `submit` would refuse now.
  [[nodiscard]] bool is_full() const { return queue_.size() >= options_.max_queued; }
  /// Stores what waits and ends the threads. A commit in doubt is not cleared up any more.
  void stop();

 private:
  using Batch = std::vector<Submission>;
  void run(DbWorker& worker);
  void store(DbWorker& worker, Batch batch);
  std::vector<runtime::orders::StoreResult> commit(runtime::postgres::Session& session,
                                                   const std::vector<runtime::orders::NewOrder>& orders);
  void store_one_by_one(DbWorker& worker, Batch batch);
  void settle(Batch& batch, std::vector<runtime::orders::NewOrder>& orders,
              const std::vector<runtime::orders::StoreResult>& stored);

  Options options_;
  OutboxRelay& relay_;
  prometheus::Counter& accepted_;
  prometheus::Counter& replayed_;
  runtime::CommitMetrics commit_metrics_;
  runtime::BatchQueue<Submission> queue_;
  runtime::StopFlag stopping_;
  std::vector<std::unique_ptr<DbWorker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace esteira::api
