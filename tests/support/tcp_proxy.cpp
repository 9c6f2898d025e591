#include "tests/support/tcp_proxy.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace esteira::test {

TcpProxy::TcpProxy(const std::string& host, std::uint16_t port)
    : upstream_(port),
      listener_(Socket::listen(0)),
      port_(listener_.port()),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (host != "127.0.0.1" && host != "localhost")
    throw std::invalid_argument("a TcpProxy can only forward to 127.0.0.1 or localhost");
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
  ::close(wake_);
}

void TcpProxy::cut() {
  const std::lock_guard lock(mutex_);
  cut_all();
  wake();
}

void TcpProxy::cut_after(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  allowance_ = bytes;
}

bool TcpProxy::is_cut() {
  const std::lock_guard lock(mutex_);
  return cut_;
}

void TcpProxy::cut_all() {
  cut_ = true;
  allowance_.reset();
  for (auto& connection : connections_) {
    connection.client.reset();
    connection.server.reset();
  }
  connections_.clear();
}

void TcpProxy::restore() {
  const std::lock_guard lock(mutex_);
  cut_ = false;
  allowance_.reset();
  wake();
}

void TcpProxy::freeze() {
  const std::lock_guard lock(mutex_);
  frozen_ = true;
}

void TcpProxy::thaw() {
  const std::lock_guard lock(mutex_);
  frozen_ = false;
  wake();
}

void TcpProxy::record() {
  const std::lock_guard lock(mutex_);
  recording_ = true;
}

std::string TcpProxy::recorded_from_clients() {
  const std::lock_guard lock(mutex_);
  return from_clients_;
}

std::string TcpProxy::recorded_from_server() {
  const std::lock_guard lock(mutex_);
  return from_server_;
}

void TcpProxy::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

// Waits until any socket is ready, then serves all of them once under the lock. Each socket is tried without blocking
// and not by the result of poll, because its descriptor may have been closed and reused in between.
void TcpProxy::run() {
  for (;;) {
    std::vector<pollfd> waits{{wake_, POLLIN, 0}};
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (!frozen_) {
        serve();
        add_waits(waits);
      }
    }
    ::poll(waits.data(), waits.size(), -1);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_, &count, sizeof count);
  }
}

void TcpProxy::add_waits(std::vector<pollfd>& waits) const {
  const auto events = [](const std::string& read, const std::string& written) {
    return static_cast<short>((read.empty() ? POLLIN : 0) | (written.empty() ? 0 : POLLOUT));
  };
  waits.push_back({listener_.get(), POLLIN, 0});
  for (const auto& connection : connections_) {
    waits.push_back({connection.client.get(), events(connection.up, connection.down), 0});
    waits.push_back({connection.server.get(), events(connection.down, connection.up), 0});
  }
}

void TcpProxy::serve() {
  accept_one();
  for (auto connection = connections_.begin(); connection != connections_.end();) {
    connection = pass_on(*connection) ? std::next(connection) : connections_.erase(connection);
    if (allowance_ == 0U) return cut_all();
  }
}

void TcpProxy::accept_one() {
  pollfd waiting{listener_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, 0) <= 0) return;
  Connection connection;
  connection.client = Socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (cut_) return connection.client.reset();
  try {
    connection.server = Socket::connect(upstream_);
    connections_.push_back(std::move(connection));
  } catch (const std::system_error&) {
    connection.client.reset();
  }
}

// False when either side has closed and the bytes that it sent have been forwarded.
bool TcpProxy::pass_on(Connection& connection) {
  std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  return move(connection.client, connection.server, connection.up, allowance_ ? *allowance_ : unlimited,
              from_clients_) &&
         move(connection.server, connection.client, connection.down, unlimited, from_server_);
}

bool TcpProxy::move(const Socket& from, const Socket& to, std::string& waiting, std::size_t& allowance,
                    std::string& record) {
  if (waiting.empty()) {
    std::array<char, 65536> buffer{};
    const auto got = ::recv(from.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    waiting.assign(buffer.data(), static_cast<std::size_t>(got));
    if (recording_) record.append(waiting);
  }
  const auto size = std::min(waiting.size(), allowance);
  const auto sent = ::send(to.get(), waiting.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  waiting.erase(0, static_cast<std::size_t>(sent));
  allowance -= static_cast<std::size_t>(sent);
  return true;
}

}  // namespace esteira::test
