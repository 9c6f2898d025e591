#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/http/server.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/orders/reader.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Reads orders: its thread takes all the requests that wait and reads their orders with one query.
class OrderFetcher {
 public:
  struct Options {
    std::string database_url;
    std::size_t max_waiting = 1024;
  };
  struct Lookup {
    std::string order_id;       ///< a UUID, lower case
    std::string if_none_match;  ///< empty: not sent
    runtime::http::Responder responder;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  };

  /// An order that will never change again, as its readers see it. Called on the fetcher's thread.
  using OnSettled = std::function<void(const std::string& order_id, const std::string& body)>;

  /// Throws ConfigError when the database's URL is none.
  OrderFetcher(Options options, OnSettled on_settled);
  ~OrderFetcher();
  OrderFetcher(const OrderFetcher&) = delete;
  OrderFetcher& operator=(const OrderFetcher&) = delete;

  void start();
  /// Thread-safe, does not wait. Answers 503 at once when too many wait.
  void submit(Lookup lookup);
  /// Answers what waits and ends the thread.
  void stop();

 private:
  void run();
  void answer(std::vector<Lookup> batch);

  Options options_;
  OnSettled on_settled_;
  runtime::BatchQueue<Lookup> queue_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"orders cannot be read", "orders can be read again"};
  std::thread thread_;
};

}  // namespace esteira::api
