#include "runtime/amqp/socket_guard.hpp"

#include <sys/socket.h>

namespace esteira::runtime::amqp {

bool SocketGuard::watch(int fd) {
  const std::lock_guard lock(mutex_);
  fd_ = fd;
  return !aborted_;
}

void SocketGuard::forget() {
  const std::lock_guard lock(mutex_);
  fd_ = -1;
}

void SocketGuard::abort() {
  const std::lock_guard lock(mutex_);
  aborted_ = true;
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

}  // namespace esteira::runtime::amqp
