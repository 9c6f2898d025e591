#pragma once
#include <curl/curl.h>

#include <chrono>
#include <esteira/stage.hpp>
#include <string>

namespace enrich {

/// One HTTP request to the supplier for one task. Only one thread at a time may use it.
class SupplierCall {
 public:
  SupplierCall(esteira::Task task, const std::string& url, std::chrono::milliseconds timeout);
  ~SupplierCall();
  SupplierCall(const SupplierCall&) = delete;
  SupplierCall& operator=(const SupplierCall&) = delete;

  [[nodiscard]] CURL* handle() const { return handle_; }
  [[nodiscard]] bool is_stopped() const { return task_.context().stop_requested(); }

  /// Completes the task with the outcome of the request.
  void finish(CURLcode code) const;
  /// Completes the task with a retry, without waiting for the response.
  void abandon() const;

 private:
  template <class T>
  void set(CURLoption option, T value);
  void add_header(const std::string& line);
  [[nodiscard]] long time_left(std::chrono::milliseconds timeout) const;
  static std::size_t receive(const char* data, std::size_t one, std::size_t size, void* call);

  const esteira::Task task_;
  const std::string body_;
  std::string response_;
  CURL* const handle_;
  curl_slist* headers_ = nullptr;
};

}  // namespace enrich
