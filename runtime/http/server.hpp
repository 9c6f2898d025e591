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

/// The right to answer one request, once, from any thread. Moving hands the right on; dropping it unused answers 503.
/// An answer to a client that went away, or to one whose time ran out, goes nowhere; it never reaches another client.
class Responder {
 public:
  class ResponseState;  // the server's side

  explicit Responder(std::shared_ptr<ResponseState> state);
  ~Responder();
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  /// Sends the answer; does nothing when one was sent. Does not throw, does not wait for the client.
  void send(Response response);

  /// Calls `observer` with the status once the answer is given, on the answering thread. Before `send`.
  void on_answer(std::function<void(int status)> observer);

 private:
  std::shared_ptr<ResponseState> state_;
};

/// Called on a server thread for each request, in a connection's order: the next request of the same connection waits
/// for this one's answer. Must not block. Whatever it throws is answered 500, without its text, and logged.
using Handler = std::function<void(Request&& request, Responder responder)>;

struct ServerOptions {
  Address listen;
  std::size_t threads = default_size("ESTEIRA_HTTP_THREADS");
  std::size_t max_header = std::size_t{16} * 1024;          ///< bytes; more is 431
  std::size_t max_body = default_size("ESTEIRA_MAX_BODY");  ///< bytes; more is 413
  std::size_t max_connections = 4096;                       ///< more are told 503 and closed at once
  std::chrono::milliseconds receive_timeout{10'000};        ///< for a whole request from its first byte; later is 408
  std::chrono::milliseconds idle_timeout{75'000};           ///< between requests of a connection
  std::chrono::milliseconds answer_timeout{30'000};         ///< for the handler; later is 503
  std::chrono::milliseconds send_timeout{10'000};           ///< for a client to read its answer; later it is cut
  /// Told of each request that was refused before it was whole: its method as far as it was read, and the status. From
  /// any thread; must not block.
  std::function<void(std::string_view method, int status)> on_refusal = {};
};

/// An HTTP/1.1 server on Pistache's listener, behind a guard that frames requests itself and closes what
/// Pistache 0.0.5 leaves open: answers crossing between clients, chunked bodies that hang a worker, request smuggling,
/// pipelining out of order, slow clients, exceptions that leak their text, injected response headers.
class Server {
 public:
  /// Listens at once; throws ConfigError naming the address when it cannot. The handler must outlive the server.
  Server(ServerOptions options, Handler handler);
  ~Server();  ///< drains with no timeout
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Requests received whole and not answered yet. Thread-safe.
  [[nodiscard]] std::size_t in_flight() const;

  /// From now on each answer is the last of its connection; all else goes on. Thread-safe.
  void begin_drain();

  /// Stops accepting, closes idle connections, waits for the requests in flight to be answered (with
  /// "Connection: close") and written, at most `timeout`, then closes everything. Once, from one thread.
  void drain(std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace esteira::runtime::http
