#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/socket.hpp"

namespace plugin_test {

/// An HTTP server on 127.0.0.1. It reads one request on each connection, sends `answer` and closes the connection. When
/// `answer` is empty, it sends nothing and keeps the connection open.
class Supplier {
 public:
  explicit Supplier(std::string answer);
  ~Supplier();
  Supplier(const Supplier&) = delete;
  Supplier& operator=(const Supplier&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::vector<std::string> requests() const;  ///< complete requests, in order of arrival

 private:
  void run();
  void serve(int connection);

  const std::string answer_;
  esteira::test::Socket listener_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<esteira::test::Socket> silent_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

/// An HTTP response with this status and body.
std::string answer(int status, const std::string& body);

}  // namespace plugin_test
