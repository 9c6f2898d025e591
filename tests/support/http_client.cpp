#include "tests/support/http_client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace esteira::test {
namespace {

using Clock = std::chrono::steady_clock;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::map<std::string, std::string> parse_headers(std::string_view head) {
  std::map<std::string, std::string> headers;
  std::size_t start = head.find("\r\n");
  while (start != std::string_view::npos) {
    start += 2;
    const auto end = head.find("\r\n", start);
    const auto line = head.substr(start, end == std::string_view::npos ? end : end - start);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      const auto value = line.find_first_not_of(' ', colon + 1);
      headers[lower(line.substr(0, colon))] = value == std::string_view::npos ? "" : line.substr(value);
    }
    start = end;
  }
  return headers;
}

}  // namespace

void RawHttp::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

RawHttp::Got RawHttp::read_some(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd readable{socket_.get(), POLLIN, 0};
  if (::poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) <= 0) return Got::nothing;
  std::array<char, 16384> buffer{};
  const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return Got::end;
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return Got::data;
}

std::optional<HttpAnswer> RawHttp::take_answer(bool without_body) {
  const auto head_end = received_.find("\r\n\r\n");
  if (head_end == std::string::npos) return std::nullopt;
  HttpAnswer answer;
  answer.status = std::stoi(received_.substr(received_.find(' ') + 1, 3));
  answer.headers = parse_headers(std::string_view(received_).substr(0, head_end));
  const auto length = answer.headers.find("content-length");
  const bool interim = answer.status < 200 || answer.status == 204 || answer.status == 304;
  const std::size_t size = without_body || interim || length == answer.headers.end() ? 0 : std::stoul(length->second);
  if (received_.size() < head_end + 4 + size) return std::nullopt;
  answer.body = received_.substr(head_end + 4, size);
  received_.erase(0, head_end + 4 + size);
  return answer;
}

std::optional<HttpAnswer> RawHttp::receive(std::chrono::milliseconds timeout, bool without_body) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    if (auto answer = take_answer(without_body)) return answer;
    if (read_some(deadline) != Got::data) return std::nullopt;
  }
}

bool RawHttp::closed(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    const auto got = read_some(deadline);
    if (got != Got::data) return got == Got::end;
  }
}

HttpAnswer http_request(std::uint16_t port, const std::string& method, const std::string& path, const std::string& body,
                        const std::map<std::string, std::string>& headers, std::chrono::milliseconds timeout) {
  std::string request = method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) request.append(name).append(": ").append(value).append("\r\n");
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  RawHttp connection(port);
  connection.send(request + "\r\n" + body);
  auto answer = connection.receive(timeout, method == "HEAD");
  if (!answer) throw std::runtime_error("no complete response to " + method + ' ' + path);
  return *answer;
}

}  // namespace esteira::test
