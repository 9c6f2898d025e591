#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/lifecycle/file_descriptor.hpp"

namespace esteira::test {

/// Receives what a program sends to NOTIFY_SOCKET, as systemd does. One thread at a time.
class NotifySocket {
 public:
  /// Listens on a path of its own, or with `is_abstract` on a name that is in no file system.
  explicit NotifySocket(bool is_abstract = false);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  /// The value for NOTIFY_SOCKET.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// All lines received so far, in order.
  const std::vector<std::string>& lines();
  /// Whether `line` has been received.
  bool has(const std::string& line);

 private:
  const std::filesystem::path folder_;
  const std::string name_;
  const runtime::FileDescriptor descriptor_;
  std::vector<std::string> lines_;
};

}  // namespace esteira::test
