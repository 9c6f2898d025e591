#pragma once
#include <string>

namespace esteira::runtime::http {

/// The bytes a connection has yet to write.
class WriteBuffer {
 public:
  enum class Sent { all, some, broken };

  void put(std::string bytes);
  /// Writes what the socket takes without waiting.
  Sent send(int fd);
  [[nodiscard]] bool empty() const { return written_ == bytes_.size(); }
  void clear();

 private:
  std::string bytes_;
  std::size_t written_ = 0;
};

}  // namespace esteira::runtime::http
