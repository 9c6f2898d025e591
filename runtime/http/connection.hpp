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

/// Makes a server thread come back to a connection.
class Waker {
 public:
  Waker() = default;
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  virtual ~Waker() = default;
  /// Calls Connection::on_ready for that descriptor, soon, on a server thread. Thread-safe.
  virtual void wake(int fd) noexcept = 0;
};

/// One client. Owns its socket, which is used and closed under the mutex only: so an answer that comes late cannot
/// reach the client that has the same descriptor by then. One request at a time is at the handler; the next one waits,
/// unread when it is long, until that one's answer is written. Thread-safe.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes the descriptor of a non-blocking socket.
  Connection(std::shared_ptr<ServerCore> core, int fd, Waker* waker);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Writes, reads and runs the handler as far as the socket lets it. By one thread at a time.
  void on_ready();
  /// Enforces the timeouts.
  void on_tick(Clock::time_point now);
  /// The waker is not used any more.
  void detach();
  void close();

 private:
  enum class Phase { idle, receiving, answering, sending, lingering };
  struct Pending {
    Request request;
    std::shared_ptr<Responder::ResponseState> state;
  };

  std::optional<Pending> advance();
  void run_handler(Pending pending) const;
  void deliver(const Response& response, const ResponseOptions& terms);

  // All below: with the mutex held.
  bool step(std::optional<Pending>& pending);
  bool take_request(std::optional<Pending>& pending);
  Pending begin_response(RequestParser::Parsed parsed);
  void refuse(const RequestParser::ParseError& refusal);
  bool send_some();
  bool read_some();
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
  std::shared_ptr<Responder::ResponseState> state_;  // of the request that is at the handler
  bool input_ended_ = false;
  bool closing_ = false;      // after what is in the outbox
  bool half_closed_ = false;  // all is written; the rest of the input is read and thrown away
  Phase phase_ = Phase::idle;
  Clock::time_point deadline_;
};

}  // namespace esteira::runtime::http
