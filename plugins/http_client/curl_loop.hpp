#pragma once
#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>

namespace http_client {

/// curl's requests, driven by epoll, so that an event costs the same with ten thousand connections as with one. A
/// connection that waits for its next request must be silent: when the server closes it or sends something unasked, it
/// is shut down before a request can take those bytes for its response. Only `wake` may be called from another thread
/// than the one that runs the loop.
class CurlLoop {
 public:
  /// At most so many connections wait for a next request.
  explicit CurlLoop(std::size_t max_connections);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  void add(CURL* request);
  void remove(CURL* request);
  /// Waits for events, for at most `wait`, and lets curl act on them.
  void run_once(std::chrono::milliseconds wait);
  /// Calls `done` for each request that has come to its end. It must remove the request.
  void take_done(const std::function<void(CURL* request, CURLcode result)>& done);
  /// Ends the wait of `run_once`.
  void wake() const;

 private:
  enum class Use { connecting, active, idle };

  void watch(curl_socket_t socket, std::uint32_t events) const;
  void take_events(std::chrono::milliseconds wait);
  void take_timer();
  void shut_down_if_idle(curl_socket_t socket) const;
  [[nodiscard]] std::chrono::milliseconds until_timer(std::chrono::milliseconds wait) const;
  void change(curl_socket_t socket, int action);
  static int on_change(CURL* request, curl_socket_t socket, int action, void* loop, void* data) noexcept;
  static int on_timer(CURLM* multi, long milliseconds, void* loop) noexcept;
  static curl_socket_t on_open(void* loop, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int on_close(void* loop, curl_socket_t socket) noexcept;

  CURLM* multi_ = nullptr;
  int epoll_ = -1;
  int wake_ = -1;
  std::map<curl_socket_t, Use> sockets_;  ///< those of connections
  std::chrono::steady_clock::time_point timer_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace http_client
