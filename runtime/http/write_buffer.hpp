#pragma once
#include <string>

namespace esteira::runtime::http {

/// The bytes that a connection has still to write. One thread at a time.
class WriteBuffer {
 public:
  enum class Sent { all, some, broken };  ///< broken: the connection is lost

  /// Appends bytes.
  void put(std::string bytes);
  /// Writes as much as the socket takes without blocking.
  Sent send(int fd);
  [[nodiscard]] bool empty() const { return written_ == bytes_.size(); }
  void clear();

 private:
  std::string bytes_;
  std::size_t written_ = 0;
};

}  // namespace esteira::runtime::http
