#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/desk.hpp"
#include "runtime/http/server.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/orders/reader.hpp"

namespace esteira::api {

/// Reads orders: each of its threads takes all the requests that wait and reads their orders with one query.
class OrderFetcher {
 public:
  struct Options {
    std::string database_url;
    std::size_t max_waiting = 1024;
    std::size_t sessions = 2;  ///< one reads while another's answers are written
  };
  struct Lookup {
    std::string order_id;       ///< a UUID, lower case
    std::string if_none_match;  ///< empty: not sent
    runtime::http::Responder responder;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  };

  /// An order that will never change again, as its readers see it. Called on any of the fetcher's threads.
  using OnSettled = std::function<void(const std::string& order_id, const std::string& body)>;

  /// Throws ConfigError when the database's URL is none.
  OrderFetcher(Options options, OnSettled on_settled);
  ~OrderFetcher();
  OrderFetcher(const OrderFetcher&) = delete;
  OrderFetcher& operator=(const OrderFetcher&) = delete;

  void start();
  /// Thread-safe, does not wait. Answers 503 at once when too many wait.
  void submit(Lookup lookup);
  /// Answers what waits and ends the threads.
  void stop();

 private:
  void run(Desk& desk);
  void answer(Desk& desk, std::vector<Lookup> batch);

  Options options_;
  OnSettled on_settled_;
  runtime::BatchQueue<Lookup> queue_;
  std::vector<std::unique_ptr<Desk>> desks_;
  std::vector<std::thread> threads_;
};

}  // namespace esteira::api
