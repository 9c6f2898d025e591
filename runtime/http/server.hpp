#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "runtime/config/config.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/http/message.hpp"

namespace esteira::runtime::http {

/// Sends the response to one request, once, from any thread. A Responder destroyed before `send` responds with 503. A
/// response is discarded when its client has gone or its timeout has expired: it never reaches another client.
class Responder {
 public:
  class ResponseState;

  explicit Responder(std::shared_ptr<ResponseState> state);
  ~Responder();
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  /// Sends the response. Does nothing when a response was sent already. Does not throw. Does not block.
  void send(Response response);

  /// Whether the client has closed its connection, or at least its sending side: TCP does not tell one from the other.
  /// A response is sent all the same. Does not block.
  [[nodiscard]] bool client_left() const;

  /// Calls `observer` with the status when the response is sent, on the sending thread. Call it before `send`.
  void on_response(std::function<void(int status)> observer);

 private:
  std::shared_ptr<ResponseState> state_;
};

/// Called on a server thread with each request. Requests of one connection come in order, each after the response to
/// the one before. Must not block. An exception is logged, and answered with 500 without its text.
using Handler = std::function<void(Request&& request, Responder responder)>;

struct ServerOptions {
  Address listen;
  std::size_t threads = default_size("ESTEIRA_HTTP_THREADS");
  std::size_t max_header = std::size_t{16} * 1024;          ///< bytes; 431 when exceeded
  std::size_t max_body = default_size("ESTEIRA_MAX_BODY");  ///< bytes; 413 when exceeded
  /// For one more, the connection that has waited longest for a request is closed. When all have a request in flight,
  /// the new one gets 503 and is closed.
  std::size_t max_connections = default_size("ESTEIRA_MAX_CONNECTIONS");
  std::chrono::milliseconds receive_timeout{10'000};  ///< from the first byte of a request to its last; then 408
  std::chrono::milliseconds idle_timeout = default_duration("ESTEIRA_IDLE_TIMEOUT");  ///< between two requests
  std::chrono::milliseconds response_timeout{30'000};  ///< for the handler to respond; then 503
  std::chrono::milliseconds send_timeout{10'000};      ///< for a client to read a response; then a reset
  /// Called with each request that was rejected before it was whole: its method (empty when it was not parsed yet) and
  /// the status. Called on any thread. Must not block.
  std::function<void(std::string_view method, int status)> on_rejected = {};
  /// Whether a request is served on a connection beyond `max_connections`, such as one for health. There is room for
  /// kReservedConnections such connections, and each serves one request. Empty: none. Must not block.
  std::function<bool(const Request& request)> has_priority = {};
  /// Called with each connection that was closed or refused because of `max_connections`. Must not block.
  enum class Dropped { idle, refused };
  std::function<void(Dropped dropped)> on_dropped = {};
  /// Gives further headers for the response to a request, also to one that was rejected before it was whole. Called on
  /// any thread. Must not block.
  std::function<Headers(const Request& request)> more_headers = {};
};

inline constexpr std::size_t kReservedConnections = 64;

/// The number of connections that a server has room for when `wanted` are asked for: descriptors are limited as well.
std::size_t affordable_connections(std::size_t wanted);

/// An HTTP/1.1 server. Pistache accepts the connections; this code parses the requests and writes the responses itself,
/// because of the faults of Pistache 0.0.5: responses sent to the wrong client, chunked bodies that hang a worker,
/// request smuggling, pipelined responses out of order, slow clients, exception texts sent to clients, injected
/// headers.
class Server {
 public:
  /// Starts to listen. Throws ConfigError, which names the address, when it cannot.
  Server(ServerOptions options, Handler handler);
  ~Server();  ///< drains with a timeout of zero
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// The number of requests received whole and not answered yet. Thread-safe.
  [[nodiscard]] std::size_t in_flight() const;

  /// From now on each response closes its connection. New connections are still accepted. Thread-safe.
  void begin_drain();

  /// Stops accepting, closes idle connections, waits at most `timeout` until the responses to the requests in flight
  /// are written (with "Connection: close"), then closes all connections. Call it once, from one thread.
  void drain(std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::http
