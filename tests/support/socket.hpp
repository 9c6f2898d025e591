#pragma once
#include <cstdint>
#include <utility>

namespace esteira::test {

/// Owns the descriptor of a TCP socket.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket() { close(); }

  static Socket connect(std::uint16_t port);  ///< to 127.0.0.1; throws std::system_error
  static Socket listen(std::uint16_t port);   ///< on 127.0.0.1; 0 for a free port
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool open() const { return descriptor_ >= 0; }
  [[nodiscard]] std::uint16_t port() const;  ///< the local port it listens on
  void close();
  void reset();  ///< closes with a TCP reset

 private:
  int descriptor_ = -1;
};

}  // namespace esteira::test
