#pragma once
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "runtime/http/core.hpp"
#include "runtime/http/render.hpp"
#include "runtime/http/request_parser.hpp"
#include "runtime/http/response_state.hpp"
#include "runtime/http/write_buffer.hpp"

namespace esteira::runtime::http {

/// Schedules a connection on its server thread.
class Waker {
 public:
  Waker() = default;
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  virtual ~Waker() = default;
  /// Makes a server thread call Connection::on_ready for this descriptor soon. Thread-safe.
  virtual void wake(int fd) noexcept = 0;
};

/// The connection of one client. Owns its socket. The socket is used and closed only under the mutex, so that a late
/// response cannot reach another client whose socket has the same descriptor by then. The handler gets one request at a
/// time; the next request waits until the response is written, and is read only in part when it is long. Thread-safe.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes ownership of the descriptor of a non-blocking socket.
  Connection(std::shared_ptr<ServerCore> core, int fd, Waker* waker);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Writes, reads and calls the handler until the socket would block. Called by one thread at a time.
  void on_ready();
  /// Applies the timeouts. Called periodically.
  void on_tick(Clock::time_point now);
  /// Since when it has waited for the rest of a request, or for its next one. Empty while a request is in flight or its
  /// response is being sent.
  std::optional<Clock::time_point> waiting_since();
  /// Closes it if it still waits for a request. Returns whether it did.
  bool close_if_waiting();
  /// Makes it one beyond the limit: it serves one request, and only one with priority. Call it before `on_ready`.
  void set_reserved() { reserved_ = true; }
  /// Stops using the waker.
  void detach();
  void close();

 private:
  enum class Phase { idle, receiving, responding, sending, lingering };
  struct Pending {
    Request request;
    std::shared_ptr<Responder::ResponseState> state;
  };

  std::optional<Pending> advance();
  void run_handler(Pending pending) const;
  void write_response(const Response& response, const ResponseOptions& options);

  // The functions below need the mutex.
  [[nodiscard]] bool is_waiting() const { return fd_ >= 0 && (phase_ == Phase::idle || phase_ == Phase::receiving); }
  bool step(std::optional<Pending>& pending);
  bool take_request(std::optional<Pending>& pending);
  Pending begin_response(RequestParser::Parsed parsed);
  void reject(const RequestParser::ParseError& error);
  [[nodiscard]] Headers more_headers(const Request& request) const;
  bool send_some();
  bool read_some();
  void end_input();
  bool read_failed(int error);
  bool discard_input();
  void half_close();
  void enter_phase();
  void wake() noexcept;
  void close_socket(bool reset);

  const std::shared_ptr<ServerCore> core_;
  std::mutex mutex_;
  int fd_;
  Waker* waker_;
  RequestParser parser_;
  WriteBuffer write_buffer_;
  std::shared_ptr<Responder::ResponseState> state_;  // of the request in flight; null when there is none
  bool input_ended_ = false;
  bool closing_ = false;      // close after the write buffer is sent
  bool half_closed_ = false;  // all output is sent; the rest of the input is discarded
  bool reserved_ = false;
  Phase phase_ = Phase::idle;
  Clock::time_point phase_began_ = Clock::now();
  Clock::time_point deadline_;
};

}  // namespace esteira::runtime::http
