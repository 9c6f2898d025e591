#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "http_client/response.hpp"

namespace http_client {

/// A POST, or a GET without a body.
struct Request {
  std::string body;
  std::vector<std::string> headers;  ///< "Name: value"; no control characters
  std::string path = {};             ///< and query, added to the path of the endpoint; encoded
  bool is_get = false;
};

/// What became of a request: a response, or why there is none.
struct Result {
  std::optional<Response> response;
  std::string fault;          ///< one line
  bool is_cancelled = false;  ///< Call::is_cancelled was true
};

/// One request on its way through a Client, which calls these functions on its own thread.
class Call {
 public:
  Call() = default;
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// The request must have its response by then, its time in the queue included.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point deadline() const = 0;
  /// True when nobody waits for the response any more. Asked every 100 ms.
  [[nodiscard]] virtual bool is_cancelled() const = 0;
  /// Makes the request. Called when a connection is free for it; the response must arrive within `time_left`. The text
  /// of an exception becomes the fault.
  virtual Request make_request(std::chrono::milliseconds time_left) = 0;
  /// Takes the result. Called at most once: not at all when the client is destroyed before.
  virtual void finish(const Result& result) = 0;
};

}  // namespace http_client
