#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/http/server.hpp"
#include "runtime/lifecycle/batch_queue.hpp"

namespace esteira::test {

/// The size of the response to /big.
constexpr std::size_t kBigBody = std::size_t{5} * 1024 * 1024;

/// Options for a server on a free port of 127.0.0.1.
runtime::http::ServerOptions on_a_free_port();

/// A real server with a path for each way to respond:
/// /now echoes the body at once, /later on another thread; /hold keeps the request until release(); /throw and
/// /throw-int throw; /drop destroys the Responder; /big responds with 5 MB; /echo-header responds with X-Echo:
/// the query, where "~" stands for CR LF.
class SampleServer {
 public:
  explicit SampleServer(runtime::http::ServerOptions options = on_a_free_port());
  ~SampleServer();
  SampleServer(const SampleServer&) = delete;
  SampleServer& operator=(const SampleServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] runtime::http::Server& server() { return *server_; }
  /// The number of requests that reached the handler.
  [[nodiscard]] int handled() const { return handled_; }
  /// Responds to a request to /hold with its body. False when there is none.
  bool release();

 private:
  struct Waiting {
    runtime::http::Responder responder;
    std::string body;
  };
  struct Queue;
  void handle(runtime::http::Request&& request, runtime::http::Responder responder);
  void respond_later() const;

  std::atomic<int> handled_{0};
  std::unique_ptr<Queue> later_;
  std::unique_ptr<Queue> held_;
  std::vector<std::thread> threads_;
  std::unique_ptr<runtime::http::Server> server_;
};

/// "POST path" with that body.
std::string post(const std::string& path, const std::string& body, const std::string& headers = "");
/// "GET path".
std::string get(const std::string& path);

}  // namespace esteira::test
