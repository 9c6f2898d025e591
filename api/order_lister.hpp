#pragma once
#include <chrono>
#include <cstddef>
#include <string>

#include "api/db_worker_pool.hpp"
#include "api/list_query.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/http/server.hpp"

namespace esteira::api {

/// Reads pages of the list of orders from PostgreSQL and responds to their requests, one after the other: whoever reads
/// many pages takes one connection, and no more of PostgreSQL than that.
class OrderLister {
 public:
  struct Options {
    std::string database_url;
    std::size_t max_queued = runtime::default_size("ESTEIRA_MAX_QUEUED_REQUESTS");
  };
  struct PageRequest {
    ListQuery list;
    std::string request_id;
    runtime::http::Responder responder;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  };

  /// Throws ConfigError when `database_url` is not a valid conninfo.
  explicit OrderLister(const Options& options);

  void start() { pool_.start(); }
  /// Queues a request, or responds with 503 when the queue is full. Thread-safe. Does not block.
  void submit(PageRequest request) { pool_.submit(std::move(request)); }
  /// Responds to the queued requests and joins the thread.
  void stop() { pool_.stop(); }

 private:
  DbWorkerPool<PageRequest> pool_;
};

}  // namespace esteira::api
