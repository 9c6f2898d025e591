#pragma once
#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "http_client/call.hpp"
#include "http_client/endpoint.hpp"

namespace http_client {

struct Options {
  Endpoint endpoint;
  std::string ca_file;                                          ///< PEM; empty: the certificates of the system
  std::chrono::milliseconds timeout = std::chrono::seconds(5);  ///< of one request, from connecting to its last byte
  std::size_t max_connections = 256;                            ///< further requests queue
  std::size_t max_response_bytes = 1'048'576;                   ///< of a body
};

/// One request that has a connection, or is getting one. Used by one thread.
class Transfer {
 public:
  Transfer(const Options& options, std::unique_ptr<Call> call, Request request, std::chrono::milliseconds timeout);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  [[nodiscard]] CURL* handle() const { return handle_; }
  [[nodiscard]] Call& call() const { return *call_; }

  /// The result, once curl is done with the request.
  [[nodiscard]] Result result(CURLcode code);

 private:
  template <class T>
  void set(CURLoption option, T value);
  template <class T>
  [[nodiscard]] T info(CURLINFO name) const;
  void set_request();
  void set_connection();
  void set_response();
  [[nodiscard]] std::string fault(CURLcode code) const;
  [[nodiscard]] std::string connect_fault() const;
  [[nodiscard]] std::string tls_fault() const;
  static std::size_t receive_line(const char* data, std::size_t one, std::size_t size, void* transfer) noexcept;
  static std::size_t receive_body(const char* data, std::size_t one, std::size_t size, void* transfer) noexcept;

  const Options& options_;
  const std::unique_ptr<Call> call_;
  const Request request_;
  const std::chrono::milliseconds timeout_;
  Response response_;
  HeadReader head_{response_};
  std::string limit_;  ///< the limit that the response has exceeded
  std::array<char, CURL_ERROR_SIZE> error_{};
  CURL* const handle_;
  curl_slist* headers_ = nullptr;
};

}  // namespace http_client
