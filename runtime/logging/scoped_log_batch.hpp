#pragma once
#include <string>
#include <string_view>

namespace esteira::runtime::log {

/// Collects the log lines of the calling thread while it lives and writes them together. It writes when it ends, right
/// after a warning or error, together with it, and before it would exceed 4 KiB. Lines stay whole and in order. A batch
/// inside another one of the same thread adds its lines to the outer one. A crash loses the collected lines: use it for
/// lines that repeat what is stored elsewhere, and for a short time. Belongs to one thread; create it on the stack.
class ScopedLogBatch {
 public:
  ScopedLogBatch();
  ~ScopedLogBatch();
  ScopedLogBatch(const ScopedLogBatch&) = delete;
  ScopedLogBatch& operator=(const ScopedLogBatch&) = delete;

 private:
  friend class StderrSink;
  void add(std::string_view line);
  void flush();

  std::string lines_;
};

}  // namespace esteira::runtime::log
