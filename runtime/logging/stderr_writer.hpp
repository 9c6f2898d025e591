#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace esteira::runtime::log {

/// Writes to stderr without waiting for its reader. While stderr takes lines, they are written before `write` returns.
/// When it does not, lines wait in a buffer of kMaxBuffered bytes, and a thread writes them as soon as it can. Lines
/// that find the buffer full are dropped and counted; one line tells how many when stderr takes lines again.
/// Thread-safe. Only one process should write to the pipe: another one can fill it between the question whether there
/// is room and the write, which then waits.
class StderrWriter {
 public:
  static constexpr std::size_t kMaxBuffered = std::size_t{1024} * 1024;

  /// The only one. It is never destroyed: a thread may log while the program ends.
  static StderrWriter& instance();

  /// Writes whole lines.
  void write(std::string_view lines);
  /// Waits until the buffer is written, at most for `timeout`.
  void flush(std::chrono::milliseconds timeout);
  /// The number of lines dropped so far.
  [[nodiscard]] std::uint64_t dropped();

 private:
  StderrWriter() = default;

  std::size_t write_some(std::string_view text);
  void drop(std::string_view lines);
  void wake_drainer();
  [[noreturn]] void drain();

  std::mutex mutex_;
  std::condition_variable work_;     ///< something is buffered, or a drop is to be told
  std::condition_variable written_;  ///< the buffer is empty
  std::string buffer_;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_ = 0;  ///< how many of these the log mentions
  bool has_drainer_ = false;
};

}  // namespace esteira::runtime::log
