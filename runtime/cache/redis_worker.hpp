#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/cache/redis.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::runtime::cache {

/// A thread with a Redis connection that serves items in batches, and lets them by when Redis cannot: while there is no
/// connection, and when a call fails or takes longer than `timeout`. Nothing ever waits for a connection to be made.
template <class Item>
class RedisWorker {
 public:
  struct Options {
    std::string name;  ///< for the log
    RedisUrl url;
    std::chrono::milliseconds timeout{20};
    std::size_t batch_size = 256;
    std::size_t max_queued = 4096;
  };
  /// Serves a batch, on the lane's thread. It may throw RedisError as long as no item is served yet.
  using Serve = std::function<void(Redis&, std::vector<Item>&)>;
  /// Takes what could not be served, on the lane's or on the submitting thread.
  using OnBypass = std::function<void(Item&&)>;

  RedisWorker(Options options, Serve serve, OnBypass on_bypass)
      : options_(std::move(options)),
        serve_(std::move(serve)),
        on_bypass_(std::move(on_bypass)),
        thread_([this] { run(); }) {}
  ~RedisWorker() { stop(); }
  RedisWorker(const RedisWorker&) = delete;
  RedisWorker& operator=(const RedisWorker&) = delete;

  /// Thread-safe, does not wait.
  void submit(Item item) {
    if (!connected_ || queue_.size() >= options_.max_queued) {
      on_bypass_(std::move(item));
    } else {
      queue_.push(std::move(item));
    }
  }

  /// Serves what waits and ends the thread. Nothing may be submitted any more.
  void stop() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    Backoff backoff(std::chrono::milliseconds(100), std::chrono::milliseconds(5000));
    while (!queue_.closed()) {
      try {
        Redis redis(options_.url, options_.timeout);
        connected_ = true;
        serve_with(redis, backoff);
      } catch (const RedisError& error) {
        tell(error);
      }
      bypass_all(backoff.next());
    }
  }

  /// Until the queue is closed and drained.
  void serve_with(Redis& redis, Backoff& backoff) {
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
      try {
        serve_(redis, batch);
      } catch (const RedisError&) {
        connected_ = false;
        for (auto& item : batch) on_bypass_(std::move(item));
        throw;
      }
      backoff.reset();
      if (std::exchange(trouble_told_, false)) log::info("Redis serves again", {{"for", options_.name}});
    }
  }

  std::vector<Item> next_batch() { return queue_.pop(options_.batch_size); }

  /// Whoever was submitted just before the connection was lost must not wait for the next one.
  void bypass_all(std::chrono::milliseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      auto batch = queue_.pop_for(options_.batch_size, std::max(left, std::chrono::milliseconds(0)));
      if (batch.empty()) return;
      for (auto& item : batch) on_bypass_(std::move(item));
    }
  }

  void tell(const RedisError& error) {
    if (std::exchange(trouble_told_, true)) return;
    log::warn("going on without Redis", {{"for", options_.name}, {"error", error.what()}});
  }

  const Options options_;
  const Serve serve_;
  const OnBypass on_bypass_;
  BatchQueue<Item> queue_;
  std::atomic<bool> connected_{false};
  bool trouble_told_ = false;
  std::thread thread_;
};

}  // namespace esteira::runtime::cache
