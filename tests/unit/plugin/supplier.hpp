#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/socket.hpp"

namespace plugin_test {

/// A supplier on 127.0.0.1: takes one request a connection, answers with the bytes it was given, and closes. Without
/// bytes to answer it keeps the connection open in silence.
class Supplier {
 public:
  explicit Supplier(std::string answer);
  ~Supplier();
  Supplier(const Supplier&) = delete;
  Supplier& operator=(const Supplier&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::vector<std::string> requests() const;  ///< whole, in the order they came

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

/// "HTTP/1.1 <status>" with this body.
std::string answer(int status, const std::string& body);

}  // namespace plugin_test
