#include "bench/load/http_client.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace esteira::bench {
namespace {

timespec to_timespec(std::chrono::nanoseconds time) {
  const auto positive = std::max<std::int64_t>(time.count(), 0);
  return {.tv_sec = positive / 1'000'000'000, .tv_nsec = positive % 1'000'000'000};
}

}  // namespace

HttpClient::HttpClient(std::uint16_t port, std::size_t max_connections)
    : port_(port), max_connections_(max_connections), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

HttpClient::~HttpClient() {
  connections_.clear();
  ::close(epoll_);
}

void HttpClient::send(std::string request, const RequestInfo& request_info) {
  if (idle_.empty()) {
    connections_.push_back(std::make_unique<Connection>(epoll_, port_));
    idle_.push_back(connections_.back().get());
  }
  auto* const connection = idle_.back();
  idle_.pop_back();
  connection->send(std::move(request), request_info);
}

void HttpClient::wait_until(Clock::time_point deadline) {
  std::array<epoll_event, 256> events{};
  const auto timeout = to_timespec(deadline - Clock::now());
  const int ready = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
  for (int i = 0; i < ready; ++i) {
    auto* const connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (const auto response = connection->progress()) {
      idle_.push_back(connection);
      const auto request_info = connection->request_info();
      on_response_(request_info.tag, *response, Clock::now() - request_info.start);
    }
  }
}

}  // namespace esteira::bench
