#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/db_worker_pool.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/http/server.hpp"
#include "runtime/logging/log_limiter.hpp"
#include "runtime/orders/store/order_reader.hpp"

namespace esteira::api {

/// Reads orders from PostgreSQL and responds to their requests. Each batch of lookups takes one query. An order that
/// PostgreSQL cannot read gets 500 and a log line; the others of its batch are read without it.
class OrderReader {
 public:
  struct Options {
    std::string database_url;
    std::size_t max_queued = runtime::default_size("ESTEIRA_MAX_QUEUED_REQUESTS");
    bool isolates_clients = false;  ///< each lookup has an owner
    std::size_t sessions = 2;       ///< one session reads while another thread writes its responses
  };
  struct Lookup {
    std::string order_id;       ///< a UUID in lower case
    std::string if_none_match;  ///< empty: the header was not sent
    std::string request_id;
    std::string owner;  ///< the client that the order must belong to, else it is unknown; empty: any
    runtime::http::Responder responder;
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
    /// Until when the response waits for a change of the order; empty: it does not wait.
    std::optional<std::chrono::steady_clock::time_point> wait_until = {};
    std::string seen = {};  ///< Order::updated_at when the request began to wait; empty before
  };

  /// Called with each order that was read and can never change again, the client that alone may read it (empty: all
  /// may), and its body. Called on any of the reader's threads. Empty when there is no cache: the reader then does not
  /// determine whether orders are terminal.
  using OnTerminal =
      std::function<void(const std::string& order_id, const std::string& owner, const std::string& body)>;

  /// Called with each lookup that has to wait, with `seen` set. It comes back by `submit_again`, when the order has
  /// changed or without `wait_until`. Called on any of the reader's threads.
  using OnUnchanged = std::function<void(Lookup&&)>;

  /// Throws ConfigError when `database_url` is not a valid conninfo.
  OrderReader(const Options& options, OnTerminal on_terminal, OnUnchanged on_unchanged);

  void start() { pool_.start(); }
  /// Queues a lookup, or responds with 503 when the queue is full. Thread-safe. Does not block.
  void submit(Lookup lookup) { pool_.submit(std::move(lookup)); }
  /// As `submit`, without the limit of the queue: for lookups that have waited, whose number is limited.
  void submit_again(Lookup lookup) { pool_.submit_unlimited(std::move(lookup)); }
  /// Responds to the queued lookups and joins the threads.
  void stop() { pool_.stop(); }

 private:
  void look_up(runtime::postgres::Session& session, std::vector<Lookup>& batch) const;
  void respond(Lookup& lookup, const runtime::orders::Order& order, const std::string& body) const;
  void log_unreadable_values(const runtime::orders::Order& order) const;

  const bool isolates_clients_;
  OnTerminal on_terminal_;
  OnUnchanged on_unchanged_;
  mutable runtime::LogLimiter unreadable_orders_{std::chrono::minutes(1), 20};
  DbWorkerPool<Lookup> pool_;
};

}  // namespace esteira::api
