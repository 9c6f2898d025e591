#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/db_worker.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/http/server.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/orders/store/order_reader.hpp"

namespace esteira::api {

/// Reads orders: each of its threads takes all the requests that wait and reads their orders with one query.
class OrderReader {
 public:
  struct Options {
    std::string database_url;
    std::size_t max_queued = runtime::default_size("ESTEIRA_MAX_QUEUED_REQUESTS");
    std::size_t sessions = 2;  ///< one reads while another's answers are written
  };
  struct Lookup {
    std::string order_id;       ///< a UUID, lower case
    std::string if_none_match;  ///< empty: not sent
    runtime::http::Responder responder;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  };

  /// An order that will never change again, as its readers see it. Called on any of the fetcher's threads.
  using OnTerminal = std::function<void(const std::string& order_id, const std::string& body)>;

  /// Throws ConfigError when the database's URL is none.
  OrderReader(Options options, OnTerminal on_terminal);
  ~OrderReader();
  OrderReader(const OrderReader&) = delete;
  OrderReader& operator=(const OrderReader&) = delete;

  void start();
  /// Thread-safe, does not wait. Answers 503 at once when too many wait.
  void submit(Lookup lookup);
  /// Answers what waits and ends the threads.
  void stop();

 private:
  void run(DbWorker& worker);
  void answer(DbWorker& worker, std::vector<Lookup> batch);

  Options options_;
  OnTerminal on_terminal_;
  runtime::BatchQueue<Lookup> queue_;
  std::vector<std::unique_ptr<DbWorker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace esteira::api
