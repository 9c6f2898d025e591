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

/// Asks the supplier over HTTP: any number of orders at a time, on one thread, over connections that are kept.
class SupplierClient {
 public:
  /// Throws std::invalid_argument when `url` is not one of http or https.
  SupplierClient(std::string url, std::chrono::milliseconds timeout);
  /// Ends the calls in flight: their tasks are dropped.
  ~SupplierClient();
  SupplierClient(const SupplierClient&) = delete;
  SupplierClient& operator=(const SupplierClient&) = delete;

  /// POSTs the task's order and completes the task with what came of it. Thread-safe, does not wait.
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
  std::map<CURL*, std::unique_ptr<SupplierCall>> calls_;  // of the thread alone
  std::mutex mutex_;
  std::vector<esteira::Task> waiting_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace enrich
