#include "runtime/http/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::http {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
// How many bytes of the next requests are read while a request is in flight.
constexpr std::size_t kReadAhead = std::size_t{64} * 1024;
// The thread moves on to its other connections after this many requests or reads.
constexpr int kMaxRounds = 32;
// How long a client may take to read the last response and close. Closing a socket with unread input resets the
// connection, and the client may lose the response.
constexpr std::chrono::seconds kLingerTime{2};

std::array<char, kReadSize>& read_buffer() {
  thread_local std::array<char, kReadSize> buffer;
  return buffer;
}

RequestParser::Limits parser_limits(const ServerOptions& options) { return {options.max_header, options.max_body}; }

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, int fd, Waker* waker)
    : core_(std::move(core)),
      fd_(fd),
      waker_(waker),
      parser_(parser_limits(core_->options)),
      deadline_(Clock::now() + core_->options.idle_timeout) {}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

void Connection::on_ready() {
  for (int round = 0; round < kMaxRounds; ++round) {
    auto pending = advance();
    if (!pending) return;
    run_handler(*std::move(pending));
  }
  const std::lock_guard lock(mutex_);
  wake();
}

std::optional<Connection::Pending> Connection::advance() {
  const std::lock_guard lock(mutex_);
  std::optional<Pending> pending;
  int rounds = 0;
  while (fd_ >= 0 && !pending && step(pending)) {
    if (++rounds == kMaxRounds) {
      wake();
      break;
    }
  }
  enter_phase();
  return pending;
}

// Does one piece of work that is possible now. False when there is none.
bool Connection::step(std::optional<Pending>& pending) {
  if (!send_some()) return false;
  if (half_closed_) return discard_input();
  if (!state_ && take_request(pending)) return true;
  if (input_ended_) {
    if (!state_) close_socket(false);
    return false;
  }
  const bool full = state_ && parser_.buffered() >= kReadAhead;
  return !full && read_some();
}

bool Connection::take_request(std::optional<Pending>& pending) {
  auto next = parser_.next();
  if (auto* parsed = std::get_if<RequestParser::Parsed>(&next)) {
    pending = begin_response(std::move(*parsed));
    return true;
  }
  if (const auto* error = std::get_if<RequestParser::ParseError>(&next)) {
    reject(*error);
    return true;
  }
  if (!parser_.take_continue()) return false;
  write_buffer_.put("HTTP/1.1 100 Continue\r\n\r\n");
  return true;
}

Connection::Pending Connection::begin_response(RequestParser::Parsed parsed) {
  auto& request = parsed.request;
  request.request_id = choose_request_id(request);
  const ResponseOptions options{request.request_id, parsed.keep_alive && !reserved_, request.method == "HEAD",
                                more_headers(request)};
  ++core_->in_flight;
  state_ = std::make_shared<Responder::ResponseState>([self = shared_from_this(), options](Response&& response) {
    --self->core_->in_flight;
    self->write_response(response, options);
  });
  if (input_ended_) state_->set_client_left();
  return {std::move(request), state_};
}

void Connection::run_handler(Pending pending) const {
  const auto state = pending.state;
  const auto request_id = pending.request.request_id;
  if (reserved_ && !core_->options.has_priority(pending.request)) return state->respond(too_many_clients());
  state->handler_began();
  try {
    core_->handler(std::move(pending.request), Responder(state));
    state->handler_returned();
    return;
  } catch (const std::exception& error) {
    log::error("a request handler threw an exception", {{"error", error.what()}, {"request_id", request_id}});
  } catch (...) {
    log::error("a request handler threw an object that is not a std::exception", {{"request_id", request_id}});
  }
  state->respond(problem(500, "The server failed to process this request. Send it again later."));
}

void Connection::write_response(const Response& response, const ResponseOptions& options) {
  std::shared_ptr<Responder::ResponseState> finished;  // destroyed after the unlock: its destructor runs foreign code
  const std::lock_guard lock(mutex_);
  finished.swap(state_);
  if (fd_ < 0) return;
  closing_ = !options.keep_alive || core_->drain_begun || core_->draining;
  write_buffer_.put(render(response, {options.request_id, !closing_, options.without_body, options.more_headers}));
  send_some();
  enter_phase();
  if (fd_ >= 0 && (closing_ || input_ended_ || parser_.buffered() > 0)) wake();
}

void Connection::reject(const RequestParser::ParseError& error) {
  const auto& request = parser_.unfinished();
  closing_ = true;
  write_buffer_.put(render(problem(error.status, error.detail),
                           {choose_request_id(request), false, request.method == "HEAD", more_headers(request)}));
  if (core_->options.on_rejected) core_->options.on_rejected(request.method, error.status);
}

Headers Connection::more_headers(const Request& request) const {
  return core_->options.more_headers ? core_->options.more_headers(request) : Headers{};
}

// False when the socket takes no more bytes or is closed.
bool Connection::send_some() {
  const auto sent = write_buffer_.send(fd_);
  if (sent == WriteBuffer::Sent::broken) close_socket(false);
  if (sent == WriteBuffer::Sent::all && closing_ && !half_closed_) half_close();
  return sent == WriteBuffer::Sent::all && fd_ >= 0;
}

bool Connection::read_some() {
  auto& buffer = read_buffer();
  const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0) return read_failed(errno);
  if (got == 0) end_input();
  parser_.feed({buffer.data(), static_cast<std::size_t>(got)});
  return true;
}

void Connection::end_input() {
  input_ended_ = true;
  if (state_) state_->set_client_left();
}

// Whether to read again.
bool Connection::read_failed(int error) {
  if (error == EINTR) return true;
  const bool nothing_yet = error == EAGAIN;
  // A draining server still answers requests that have arrived whole. It does not wait for more input.
  const bool drained = core_->draining && !state_ && !half_closed_;
  if (!nothing_yet || drained) close_socket(false);
  return false;
}

bool Connection::discard_input() {
  auto& buffer = read_buffer();
  const auto got = input_ended_ ? 0 : ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0) return read_failed(errno);
  if (got == 0) close_socket(false);
  return got > 0;
}

void Connection::half_close() {
  ::shutdown(fd_, SHUT_WR);
  half_closed_ = true;
}

void Connection::on_tick(Clock::time_point now) {
  std::shared_ptr<Responder::ResponseState> overdue;
  {
    const std::lock_guard lock(mutex_);
    if (fd_ < 0 || now < deadline_) return;
    if (phase_ == Phase::idle || phase_ == Phase::lingering) close_socket(false);
    if (phase_ == Phase::sending) close_socket(true);
    if (phase_ == Phase::responding) overdue = state_;
    if (phase_ == Phase::receiving) {
      reject({408, "The request did not arrive in time. Send it again on a new connection."});
      send_some();
      enter_phase();
    }
  }
  if (overdue) overdue->respond(problem(503, "The server did not process the request in time. Send it again later."));
}

void Connection::enter_phase() {
  const auto& options = core_->options;
  const auto enter = [this](Phase phase, std::chrono::milliseconds limit) {
    if (phase == phase_) return;
    phase_ = phase;
    phase_began_ = Clock::now();
    deadline_ = phase_began_ + limit;
  };
  if (half_closed_) return enter(Phase::lingering, kLingerTime);
  if (!write_buffer_.empty()) return enter(Phase::sending, options.send_timeout);
  if (state_) return enter(Phase::responding, options.response_timeout);
  if (parser_.partial()) return enter(Phase::receiving, options.receive_timeout);
  enter(Phase::idle, options.idle_timeout);
}

void Connection::wake() noexcept {
  if (fd_ >= 0 && waker_ != nullptr) waker_->wake(fd_);
}

void Connection::detach() {
  const std::lock_guard lock(mutex_);
  waker_ = nullptr;
}

std::optional<Connection::Clock::time_point> Connection::waiting_since() {
  const std::lock_guard lock(mutex_);
  return is_waiting() ? std::optional(phase_began_) : std::nullopt;
}

bool Connection::close_if_waiting() {
  const std::lock_guard lock(mutex_);
  const bool closes = is_waiting();
  if (closes) close_socket(false);
  return closes;
}

void Connection::close() {
  const std::lock_guard lock(mutex_);
  close_socket(false);
}

void Connection::close_socket(bool reset) {
  if (fd_ < 0) return;
  if (state_) state_->set_client_left();
  // A reset makes the kernel discard the bytes that the client has not read.
  const linger no_wait{1, 0};
  if (reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &no_wait, sizeof no_wait);
  core_->connections.remove(fd_);
  ::close(fd_);
  fd_ = -1;
  write_buffer_.clear();
  parser_ = RequestParser(parser_limits(core_->options));
}

}  // namespace esteira::runtime::http
