#include "tests/unit/plugin/supplier.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace plugin_test {
namespace {

// The request is complete: its head, and a body as long as Content-Length.
bool is_complete(const std::string& request) {
  const auto end = request.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const std::string name = "Content-Length: ";
  const auto length = request.find(name);
  if (length == std::string::npos) return true;
  return request.size() >= end + 4 + std::stoul(request.substr(length + name.size()));
}

}  // namespace

Supplier::Supplier(std::string answer)
    : answer_(std::move(answer)), listener_(esteira::test::Socket::listen(0)), thread_([this] { run(); }) {}

Supplier::~Supplier() {
  stopped_ = true;
  thread_.join();
}

std::string Supplier::url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()) + "/enrich"; }

std::vector<std::string> Supplier::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void Supplier::run() {
  while (!stopped_) {
    pollfd waiting{listener_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    esteira::test::Socket connection(::accept(listener_.get(), nullptr, nullptr));
    if (!connection.open()) continue;
    serve(connection.get());
    if (answer_.empty()) silent_.push_back(std::move(connection));
  }
}

void Supplier::serve(int connection) {
  std::string request;
  std::array<char, 4096> buffer{};
  while (!is_complete(request)) {
    const auto got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    request.append(buffer.data(), static_cast<std::size_t>(got));
  }
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  for (std::size_t sent = 0; sent < answer_.size();) {
    const auto more = ::send(connection, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
    if (more <= 0) return;
    sent += static_cast<std::size_t>(more);
  }
}

std::string answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Said\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace plugin_test
