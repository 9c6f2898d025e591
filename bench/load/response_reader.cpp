#include "bench/load/response_reader.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "runtime/text/ascii.hpp"
#include "runtime/text/parse_integer.hpp"

namespace esteira::bench {
namespace {

template <class Number>
Number read_number(std::string_view text) {
  const auto number = runtime::parse_integer<Number>(text);
  if (!number) throw std::runtime_error("not an HTTP response");
  return *number;
}

}  // namespace

std::optional<Response> ResponseReader::next() {
  if (head_ == 0) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return std::nullopt;
    read_head(std::string_view(buffer_).substr(0, end + 2));
    head_ = end + 4;
  }
  if (buffer_.size() < head_ + length_) return std::nullopt;
  response_.body = buffer_.substr(head_, length_);
  buffer_.erase(0, head_ + length_);
  head_ = length_ = 0;
  return std::exchange(response_, {});
}

void ResponseReader::read_head(std::string_view head) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!head.starts_with(kVersion) || head.size() < kVersion.size() + 3)
    throw std::runtime_error("not an HTTP response");
  response_.status = read_number<int>(head.substr(kVersion.size(), 3));
  for (auto line = head.find("\r\n") + 2; line < head.size();) {
    const auto end = head.find("\r\n", line);
    const auto text = head.substr(line, end - line);
    const auto colon = std::min(text.find(':'), text.size());
    const auto value = std::min(text.find_first_not_of(" \t", colon + 1), text.size());
    read_field(text.substr(0, colon), text.substr(value));
    line = end + 2;
  }
}

void ResponseReader::read_field(std::string_view name, std::string_view value) {
  if (runtime::equal_ignoring_case(name, "content-length")) length_ = read_number<std::size_t>(value);
  if (runtime::equal_ignoring_case(name, "connection") && runtime::equal_ignoring_case(value, "close"))
    response_.keep_alive = false;
  if (runtime::equal_ignoring_case(name, "retry-after")) response_.retry_after = true;
}

}  // namespace esteira::bench
