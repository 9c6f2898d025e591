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
#include "runtime/config/setting_defaults.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::runtime::cache {

/// Passes items in batches to `serve`, on a thread with a Redis connection. Redis is optional: an item that Redis
/// cannot serve goes to `on_bypass` instead, so every submitted item reaches exactly one of the two.
/// - Without a connection, and while more than `max_queued` items wait, `submit` bypasses the item at once.
/// - When Redis answers with an error or not within `timeout`, the batch and all waiting items are bypassed. The thread
///   connects again, with backoff from 100 ms to 5 s. Items are never held while it connects.
/// - So a hanging Redis delays an item by about `timeout`, once; the items after it are not delayed.
/// The loss of Redis is logged once, and so is its return.
template <class Item>
class RedisWorker {
 public:
  struct Options {
    std::string name;  ///< the field `worker` of log lines
    RedisUrl url;
    std::chrono::milliseconds timeout = default_duration("ESTEIRA_CACHE_TIMEOUT");  ///< for each reply of Redis
    /// Called after each connect, and throws RedisError when the user lacks a right that `serve` needs. So a missing
    /// right is logged at the start, and not only at the first item.
    std::function<void(Redis&)> check = nullptr;
    std::size_t batch_size = 256;
    std::size_t max_queued = 4096;  ///< more are bypassed
  };
  /// Serves a batch, on the worker's thread. It may throw RedisError only before it has completed any item: the whole
  /// batch is bypassed then.
  using Serve = std::function<void(Redis&, std::vector<Item>&)>;
  /// Takes an item that Redis did not serve, on the worker's or on the submitting thread.
  using OnBypass = std::function<void(Item&&)>;

  RedisWorker(Options options, Serve serve, OnBypass on_bypass)
      : options_(std::move(options)),
        serve_(std::move(serve)),
        on_bypass_(std::move(on_bypass)),
        thread_([this] { run(); }) {}
  ~RedisWorker() { stop(); }
  RedisWorker(const RedisWorker&) = delete;
  RedisWorker& operator=(const RedisWorker&) = delete;

  /// Thread-safe, does not block.
  void submit(Item item) {
    if (!connected_ || queue_.size() >= options_.max_queued) {
      on_bypass_(std::move(item));
    } else {
      queue_.push(std::move(item));
    }
  }

  /// Serves or bypasses the waiting items and ends the thread. `submit` must not be called any more. Idempotent.
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
        if (options_.check) options_.check(redis);
        connected_ = true;
        serve_with(redis, backoff);
      } catch (const RedisError& error) {
        warn_once(error);
      }
      bypass_all(backoff.next());
    }
  }

  /// Returns when the queue is closed and drained. Throws RedisError when Redis fails.
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
      if (std::exchange(outage_logged_, false)) log::info("Redis is available again", {{"worker", options_.name}});
    }
  }

  std::vector<Item> next_batch() { return queue_.pop(options_.batch_size); }

  /// Bypasses items for this long: some may have been queued just before the connection was lost.
  void bypass_all(std::chrono::milliseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    while (true) {
      const auto time_left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      auto batch = queue_.pop_for(options_.batch_size, std::max(time_left, std::chrono::milliseconds(0)));
      if (batch.empty()) return;
      for (auto& item : batch) on_bypass_(std::move(item));
    }
  }

  void warn_once(const RedisError& error) {
    if (std::exchange(outage_logged_, true)) return;
    log::warn("Redis is not available; requests are served without it",
              {{"worker", options_.name}, {"error", error.what()}});
  }

  const Options options_;
  const Serve serve_;
  const OnBypass on_bypass_;
  BatchQueue<Item> queue_;
  std::atomic<bool> connected_{false};
  bool outage_logged_ = false;
  std::thread thread_;
};

}  // namespace esteira::runtime::cache
