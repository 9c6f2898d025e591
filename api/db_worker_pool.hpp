#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/responses.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

struct DbWorkerPoolOptions {
  std::string database_url;
  std::string name;                             ///< application_name of the sessions
  runtime::postgres::Session::Prepare prepare;  ///< prepares the statements of each session
  std::size_t threads = 2;                      ///< each has a session of its own
  std::size_t max_queued = 1024;                ///< more requests get 503 at once
  std::size_t max_batch = 128;
  /// Requests queued for longer get 503 when a thread takes them. Shorter than the server's response timeout, so that
  /// the pool answers first.
  std::chrono::milliseconds max_queue_time{20'000};
  /// Told of each batch that fails because PostgreSQL is unavailable, and of each that succeeds. Not null.
  std::shared_ptr<runtime::Outage> outage =
      std::make_shared<runtime::Outage>("requests cannot be processed", "requests can be processed again");
};

/// Threads that process HTTP requests in batches, each thread with its own session with PostgreSQL. A free thread takes
/// all queued requests, up to `max_batch`, so batches grow while the threads are busy.
///
/// The pool responds with 503 to requests that it cannot queue, that were queued for too long, or whose batch failed
/// because PostgreSQL is unavailable. A batch that fails for another reason is processed again, one request at a time:
/// only the requests that fail alone get 500.
///
/// `Item` is movable and has the members `runtime::http::Responder responder`, `std::string request_id` and
/// `std::chrono::steady_clock::time_point received`.
template <class Item>
class DbWorkerPool {
 public:
  using Batch = std::vector<Item>;
  /// Processes a batch and responds to each of its requests. Called on any thread of the pool. May throw, and may then
  /// be called again with the same items: it must leave them as they were when it throws.
  using Process = std::function<void(runtime::postgres::Session& session, Batch& batch)>;

  /// Throws ConfigError when `database_url` is not a valid conninfo.
  DbWorkerPool(DbWorkerPoolOptions options, Process process)
      : options_(std::move(options)), process_(std::move(process)) {
    for (std::size_t i = 0; i < options_.threads; ++i) workers_.push_back(std::make_unique<WorkerState>(options_));
  }
  ~DbWorkerPool() { stop(); }
  DbWorkerPool(const DbWorkerPool&) = delete;
  DbWorkerPool& operator=(const DbWorkerPool&) = delete;

  void start() {
    for (auto& worker : workers_) threads_.emplace_back([this, &worker] { run(*worker); });
  }

  /// Queues a request, or responds with 503 when the queue is full. Thread-safe. Does not block.
  void submit(Item item) {
    if (is_full()) return item.responder.send(overloaded());
    queue_.push(std::move(item));
  }

  /// As `submit`, without the limit: for requests that are limited elsewhere.
  void submit_unlimited(Item item) { queue_.push(std::move(item)); }

  /// Whether `submit` would respond with 503 now. Thread-safe.
  [[nodiscard]] bool is_full() const { return queue_.size() >= options_.max_queued; }

  /// Processes the queued requests and joins the threads. Has no time limit. Requests submitted later get 503.
  void stop() {
    queue_.close();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  /// What one thread owns.
  struct WorkerState {
    explicit WorkerState(const DbWorkerPoolOptions& options)
        : session(options.database_url, options.name, options.prepare) {}
    runtime::postgres::Session session;
  };

  void run(WorkerState& worker) {
    for (auto batch = queue_.pop(options_.max_batch); !batch.empty(); batch = queue_.pop(options_.max_batch)) {
      drop_expired(batch);
      if (!batch.empty()) process(worker, batch);
    }
  }

  /// Removes the requests that were queued for too long, and responds to them.
  void drop_expired(Batch& batch) const {
    const auto oldest = std::chrono::steady_clock::now() - options_.max_queue_time;
    Batch remaining;
    remaining.reserve(batch.size());
    for (auto& item : batch) {
      if (item.received < oldest) {
        item.responder.send(overloaded());
      } else {
        remaining.push_back(std::move(item));
      }
    }
    batch = std::move(remaining);
  }

  void process(WorkerState& worker, Batch& batch) {
    try {
      process_(worker.session, batch);
      options_.outage->recovered();
    } catch (const runtime::postgres::Unavailable& error) {
      options_.outage->failed(error.what());
      for (auto& item : batch) item.responder.send(database_unavailable());
    } catch (const std::exception& error) {
      if (batch.size() > 1) {
        runtime::log::warn("processing a batch of requests failed; they are processed one by one",
                           {{"session", options_.name}, {"error", error.what()}, {"requests", batch.size()}});
        return process_one_by_one(worker, std::move(batch));
      }
      runtime::log::error(
          "processing a request failed",
          {{"session", options_.name}, {"error", error.what()}, {"request_id", batch.front().request_id}});
      batch.front().responder.send(internal_error());
    }
  }

  void process_one_by_one(WorkerState& worker, Batch batch) {
    for (auto& item : batch) {
      Batch single;
      single.push_back(std::move(item));
      process(worker, single);
    }
  }

  const DbWorkerPoolOptions options_;
  const Process process_;
  runtime::BatchQueue<Item> queue_;
  std::vector<std::unique_ptr<WorkerState>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace esteira::api
