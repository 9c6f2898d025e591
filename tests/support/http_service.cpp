#include "tests/support/http_service.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <system_error>
#include <utility>

namespace esteira::test {
namespace {

constexpr int kBacklog = 4096;

Socket listen_on(const std::string& path) {
  Socket listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  ::unlink(path.c_str());
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener.get(), kBacklog) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot listen on " + path);
  return listener;
}

ServiceRequest parse_head(const std::string& head) {
  ServiceRequest request;
  std::istringstream lines(head);
  std::string line;
  std::getline(lines, line);
  std::istringstream words(line);
  words >> line >> request.target;
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    auto name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

}  // namespace

std::string http_response(int status, const std::string& body, const std::string& headers) {
  auto text = "HTTP/1.1 " + std::to_string(status) + " Said\r\n" + headers;
  if (status != 204) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

HttpService::HttpService(Handler handler, const std::string& unix_socket)
    : handler_(std::move(handler)),
      unix_socket_(unix_socket),
      listener_(unix_socket.empty() ? Socket::listen(0) : listen_on(unix_socket)) {
  ::listen(listener_.get(), kBacklog);
  acceptor_ = std::thread([this] { accept_connections(); });
}

HttpService::~HttpService() {
  stopped_ = true;
  acceptor_.join();
  close_connections();
  for (auto& thread : threads_) thread.join();
  if (!unix_socket_.empty()) ::unlink(unix_socket_.c_str());
}

std::vector<ServiceRequest> HttpService::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t HttpService::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

void HttpService::close_connections() const {
  const std::lock_guard lock(mutex_);
  for (const auto& connection : connections_) ::shutdown(connection.get(), SHUT_RDWR);
}

void HttpService::send_to_all(const std::string& bytes) const {
  const std::lock_guard lock(mutex_);
  for (const auto& connection : connections_) ::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void HttpService::accept_connections() {
  while (!stopped_) {
    pollfd waiting{listener_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    Socket accepted(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted.open()) continue;
    const std::lock_guard lock(mutex_);
    const auto index = connections_.size();
    const int connection = accepted.get();
    connections_.push_back(std::move(accepted));
    threads_.emplace_back([this, index, connection] { serve(index, connection); });
  }
}

// Sockets stay open until the end, so that no other one gets their descriptor: an end is a shutdown.
void HttpService::serve(std::size_t index, int connection) {
  std::string received;
  ServiceRequest request;
  while (!stopped_ && read_request(connection, received, request)) {
    request.connection = index;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const auto reply = handler_(request);
    if (!send_reply(connection, reply)) break;
  }
}

bool HttpService::read_request(int connection, std::string& received, ServiceRequest& request) const {
  std::array<char, 16'384> buffer{};
  std::size_t size = std::string::npos;
  while (true) {
    const auto end = received.find("\r\n\r\n");
    if (end != std::string::npos && size == std::string::npos) {
      request = parse_head(received.substr(0, end + 2));
      size = end + 4 + std::stoul("0" + request.headers["content-length"]);
    }
    if (size != std::string::npos && received.size() >= size) {
      request.body = received.substr(end + 4, size - end - 4);
      received.erase(0, size);
      return true;
    }
    const auto got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    received.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// False when the connection is at its end.
bool HttpService::send_reply(int connection, const ServiceReply& reply) const {
  if (reply.hang) return true;
  for (std::size_t sent = 0; sent < reply.bytes.size();) {
    const auto more = ::send(connection, reply.bytes.data() + sent, reply.bytes.size() - sent, MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += static_cast<std::size_t>(more);
  }
  if (reply.reset) {
    const linger none{1, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
    static_cast<void>(::connect(connection, &nobody, sizeof(nobody)));  // resets and leaves the descriptor
  }
  if (reply.close) ::shutdown(connection, SHUT_RDWR);
  return !reply.close && !reply.reset;
}

}  // namespace esteira::test
