#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "api/db_worker_pool.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/http/server.hpp"

namespace esteira::api {

/// Records requests to cancel orders in PostgreSQL and responds to them. Each batch takes one statement.
class OrderCanceller {
 public:
  struct Options {
    std::string database_url;
    std::size_t max_queued = runtime::default_size("ESTEIRA_MAX_QUEUED_REQUESTS");
  };
  struct Cancellation {
    std::string order_id;  ///< a UUID in lower case
    std::string request_id;
    std::string owner;  ///< the client that the order must belong to, else it is unknown; empty: any
    runtime::http::Responder responder;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  };

  /// Throws ConfigError when `database_url` is not a valid conninfo.
  explicit OrderCanceller(const Options& options);

  void start() { pool_.start(); }
  /// Queues a request, or responds with 503 when the queue is full. Thread-safe. Does not block.
  void submit(Cancellation cancellation) { pool_.submit(std::move(cancellation)); }
  /// Responds to the queued requests and joins the thread.
  void stop() { pool_.stop(); }

 private:
  DbWorkerPool<Cancellation> pool_;
};

}  // namespace esteira::api
