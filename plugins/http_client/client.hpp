#pragma once
#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http_client/call.hpp"
#include "http_client/curl_loop.hpp"
#include "http_client/transfer.hpp"

namespace http_client {

/// Sends requests to one endpoint. One thread runs them all, over persistent connections; requests that find no
/// free connection queue, in order. A request is sent again when the server has closed a persistent connection without
/// a byte of a response, so it needs an idempotency key.
class Client {
 public:
  /// Throws std::invalid_argument when the CA file cannot be read.
  explicit Client(Options options);
  /// Aborts the requests and destroys their calls without a result.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Queues a call. Thread-safe, does not block.
  void submit(std::unique_ptr<Call> call);

 private:
  struct Queued {
    std::unique_ptr<Call> call;
    std::chrono::steady_clock::time_point since;
  };

  void run();
  void take_submitted();
  void start_queued();
  void start(Queued queued);
  [[nodiscard]] Result unsent(const Queued& queued) const;
  void drop_cancelled();
  std::unique_ptr<Transfer> take(CURL* handle);

  const Options options_;
  CurlLoop loop_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;  // these two are used by the thread only
  std::deque<Queued> queue_;
  std::chrono::steady_clock::time_point next_check_;
  std::mutex mutex_;
  std::vector<Queued> submitted_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace http_client
