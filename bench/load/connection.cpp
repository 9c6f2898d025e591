#include "bench/load/connection.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace esteira::bench {

void Connection::send(std::string request, const RequestInfo& request_info) {
  if (socket_ < 0) open();
  busy_ = true;
  request_info_ = request_info;
  unsent_ = std::move(request);
  write_some();  // `progress` reports a failure
}

void Connection::open() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // The first write or read reports a refused connection.
  (void)::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Connection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  unsent_.clear();
  reader_ = {};
}

bool Connection::write_some() {
  while (!unsent_.empty()) {
    const auto sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINPROGRESS || errno == EINTR || errno == ENOTCONN;
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<Response> Connection::progress() {
  if (socket_ < 0) return std::nullopt;
  auto response = write_some() ? read_some() : std::optional(Response{});
  if (!response) return std::nullopt;
  if (response->status == 0 || !response->keep_alive) close();
  return std::exchange(busy_, false) ? std::move(response) : std::nullopt;
}

std::optional<Response> Connection::read_some() {
  std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is read into
  for (;;) {
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) return std::nullopt;
    if (got <= 0) return Response{};
    reader_.feed({buffer.data(), static_cast<std::size_t>(got)});
    // Nothing follows the response of the only request. A close causes its own event.
    if (auto response = reader_.next()) return response;
  }
}

}  // namespace esteira::bench
