#include "runtime/logging/library_text.hpp"

#include <exception>
#include <ext/stdio_sync_filebuf.h>
#include <iostream>
#include <mutex>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::log {
namespace {

/// A longer line becomes several log lines.
constexpr std::size_t kMaxLineBytes = 8192;

/// The text that was written since the last line break. Thread-safe.
class Lines {
 public:
  void add(std::string_view text) {
    const std::lock_guard lock(mutex_);
    for (const char letter : text) {
      if (letter == '\n' || pending_.size() == kMaxLineBytes) write_pending();
      if (letter != '\n') pending_ += letter;
    }
  }

 private:
  void write_pending() {
    if (!pending_.empty()) warn("a library wrote to stderr", {{"text", pending_}});
    pending_.clear();
  }

  std::mutex mutex_;
  std::string pending_;
};

/// Whether this thread is writing a log line: what is written to stderr meanwhile would lead here again.
thread_local bool is_writing = false;

ssize_t take_text(void* lines, const char* text, std::size_t size) {
  if (is_writing) return static_cast<ssize_t>(size);
  is_writing = true;
  try {
    static_cast<Lines*>(lines)->add({text, size});
  } catch (const std::exception&) {
    is_writing = false;
    return 0;  // an error of the stream; its writer goes on
  }
  is_writing = false;
  return static_cast<ssize_t>(size);
}

/// Without a buffer of its own, so that a program that ends at once has written all. Null when there is no memory.
std::FILE* open_stream() {
  static auto* const lines = new Lines;  // a library may write while the program ends
  auto* const stream = ::fopencookie(lines, "w", {nullptr, take_text, nullptr, nullptr});
  if (stream != nullptr) std::setvbuf(stream, nullptr, _IONBF, 0);
  return stream;
}

}  // namespace

LibraryText::LibraryText() : former_(stderr), former_cerr_(std::cerr.rdbuf()), former_clog_(std::clog.rdbuf()) {
  static auto* const stream = open_stream();
  if (stream == nullptr) return;
  static auto* const buffer = new __gnu_cxx::stdio_sync_filebuf<char>(stream);
  stderr = stream;  // glibc allows it: "Standard Streams" in its manual
  std::cerr.rdbuf(buffer);
  std::clog.rdbuf(buffer);
}

LibraryText::~LibraryText() {
  stderr = former_;
  std::cerr.rdbuf(former_cerr_);
  std::clog.rdbuf(former_clog_);
}

}  // namespace esteira::runtime::log
