#include "runtime/http/write_buffer.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace esteira::runtime::http {

void WriteBuffer::put(std::string bytes) {
  if (empty()) {
    bytes_ = std::move(bytes);
    written_ = 0;
  } else {
    bytes_ += bytes;
  }
}

WriteBuffer::Sent WriteBuffer::send(int fd) {
  while (!empty()) {
    const auto sent = ::send(fd, bytes_.data() + written_, bytes_.size() - written_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      written_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return Sent::some;
    } else if (errno != EINTR) {
      return Sent::broken;
    }
  }
  clear();
  return Sent::all;
}

void WriteBuffer::clear() {
  bytes_ = std::string();
  written_ = 0;
}

}  // namespace esteira::runtime::http
