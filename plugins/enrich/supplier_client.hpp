#pragma once
#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <esteira/stage.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "supplier_call.hpp"

namespace enrich {

/// Sends requests to the supplier over HTTP. One thread runs any number of requests at a time, over persistent
/// connections.
class SupplierClient {
 public:
  /// Throws std::invalid_argument when `url` is not an http or https URL.
  SupplierClient(std::string url, std::chrono::milliseconds timeout);
  /// Aborts the requests in flight and drops their tasks, which the host counts as retries.
  ~SupplierClient();
  SupplierClient(const SupplierClient&) = delete;
  SupplierClient& operator=(const SupplierClient&) = delete;

  /// POSTs the task's order and completes the task with the outcome. Thread-safe, does not block.
  void ask(esteira::Task task);

 private:
  void run();
  void begin_waiting();
  void finish_answered();
  void abandon_stopped();
  std::unique_ptr<SupplierCall> take(CURL* handle);

  const std::string url_;
  const std::chrono::milliseconds timeout_;
  CURLM* multi_;
  std::map<CURL*, std::unique_ptr<SupplierCall>> calls_;  // used by the thread only
  std::mutex mutex_;
  std::vector<esteira::Task> waiting_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace enrich
