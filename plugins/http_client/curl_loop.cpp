#include "http_client/curl_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <stdexcept>

namespace http_client {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxEvents = 256;

int curl_actions(std::uint32_t events) {
  int actions = 0;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) actions |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) actions |= CURL_CSELECT_OUT;
  if ((events & EPOLLERR) != 0) actions |= CURL_CSELECT_ERR;
  return actions;
}

std::uint32_t epoll_events(int action) {
  const bool reads = action == CURL_POLL_IN || action == CURL_POLL_INOUT;
  const bool writes = action == CURL_POLL_OUT || action == CURL_POLL_INOUT;
  return (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U);
}

}  // namespace

CurlLoop::CurlLoop(std::size_t max_connections)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = curl_multi_init();
  if (multi_ == nullptr || epoll_ < 0 || wake_ < 0) throw std::runtime_error("curl could not be initialised");
  watch(wake_, EPOLLIN);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(max_connections));
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_change);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlLoop::~CurlLoop() {
  curl_multi_cleanup(multi_);
  ::close(wake_);
  ::close(epoll_);
}

void CurlLoop::add(CURL* request) {
  curl_easy_setopt(request, CURLOPT_OPENSOCKETFUNCTION, &CurlLoop::on_open);
  curl_easy_setopt(request, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(request, CURLOPT_CLOSESOCKETFUNCTION, &CurlLoop::on_close);
  curl_easy_setopt(request, CURLOPT_CLOSESOCKETDATA, this);
  if (curl_multi_add_handle(multi_, request) != CURLM_OK) throw std::runtime_error("curl could not begin a request");
}

void CurlLoop::remove(CURL* request) { curl_multi_remove_handle(multi_, request); }

void CurlLoop::run_once(milliseconds wait) {
  take_events(until_timer(wait));
  take_timer();
}

void CurlLoop::take_done(const std::function<void(CURL*, CURLcode)>& done) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    const auto result = message->data.result;  // removing the request invalidates the message
    done(message->easy_handle, result);
  }
}

void CurlLoop::wake() const {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_, &one, sizeof one) == sizeof one);  // when it is full, the loop is awake anyway
}

milliseconds CurlLoop::until_timer(milliseconds wait) const {
  if (timer_ == Clock::time_point::max()) return wait;
  return std::clamp(std::chrono::ceil<milliseconds>(timer_ - Clock::now()), milliseconds(0), wait);
}

// Idle connections come first: curl must not choose one that has something to read.
void CurlLoop::take_events(milliseconds wait) {
  std::array<epoll_event, kMaxEvents> events{};
  std::size_t count = 0;
  do {
    const int got = ::epoll_wait(epoll_, events.data(), kMaxEvents, static_cast<int>(wait.count()));
    count = static_cast<std::size_t>(std::max(got, 0));
    wait = milliseconds(0);
    const std::span taken(events.data(), count);
    for (const auto& event : taken) shut_down_if_idle(event.data.fd);
    for (const auto& event : taken) {
      int running = 0;
      std::uint64_t wakes = 0;
      if (event.data.fd != wake_)
        curl_multi_socket_action(multi_, event.data.fd, curl_actions(event.events), &running);
      else
        static_cast<void>(::read(wake_, &wakes, sizeof wakes) == sizeof wakes);  // when it is empty, nothing is to do
    }
  } while (count == kMaxEvents);
}

void CurlLoop::take_timer() {
  if (Clock::now() < timer_) return;
  timer_ = Clock::time_point::max();
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

// curl finds out when it looks for a connection, and closes it.
void CurlLoop::shut_down_if_idle(curl_socket_t socket) const {
  const auto found = sockets_.find(socket);
  if (found == sockets_.end() || found->second != Use::idle) return;
  ::shutdown(socket, SHUT_RDWR);
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
}

void CurlLoop::watch(curl_socket_t socket, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) == 0 || errno != ENOENT) return;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
}

void CurlLoop::change(curl_socket_t socket, int action) {
  const auto found = sockets_.find(socket);
  const bool is_connection = found != sockets_.end();
  if (action == CURL_POLL_REMOVE && !is_connection) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return;
  }
  if (is_connection) found->second = action == CURL_POLL_REMOVE ? Use::idle : Use::active;
  watch(socket, action == CURL_POLL_REMOVE ? EPOLLIN : epoll_events(action));
}

int CurlLoop::on_change(CURL* /*request*/, curl_socket_t socket, int action, void* loop, void* /*data*/) noexcept {
  static_cast<CurlLoop*>(loop)->change(socket, action);
  return 0;
}

int CurlLoop::on_timer(CURLM* /*multi*/, long wait, void* loop) noexcept {
  static_cast<CurlLoop*>(loop)->timer_ = wait < 0 ? Clock::time_point::max() : Clock::now() + milliseconds(wait);
  return 0;
}

curl_socket_t CurlLoop::on_open(void* loop, curlsocktype /*purpose*/, curl_sockaddr* address) noexcept {
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket < 0) return CURL_SOCKET_BAD;
  try {
    static_cast<CurlLoop*>(loop)->sockets_[socket] = Use::connecting;
  } catch (...) {
    ::close(socket);
    return CURL_SOCKET_BAD;
  }
  return socket;
}

/// With a reset. A request that was given up must not arrive later: without it the kernel sends on what the other side
/// has not confirmed, for many seconds when that is overloaded. To an idle connection it makes no difference.
int CurlLoop::on_close(void* loop, curl_socket_t socket) noexcept {
  auto& self = *static_cast<CurlLoop*>(loop);
  self.sockets_.erase(socket);
  constexpr linger kReset{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &kReset, sizeof kReset);
  ::epoll_ctl(self.epoll_, EPOLL_CTL_DEL, socket, nullptr);
  return ::close(socket);
}

}  // namespace http_client
