#include "runtime/logging/stderr_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::log {

namespace {

// PIPE_BUF: a pipe that poll reports as writable takes a write of this size at once and in one piece (pipe(7)).
constexpr std::size_t kMaxWrite = 4096;
// Between two reports of dropped lines; stderr may take some lines and then stop again.
constexpr std::chrono::seconds kTellInterval{1};

// The drainer asks again after this time, because stderr may be replaced while it waits.
constexpr int kPollMs = 200;

/// The state of stderr: POLLOUT when it takes a write of kMaxWrite bytes, POLLERR without a reader, 0 when a write
/// would wait longer than `timeout_ms`.
int poll_stderr(int timeout_ms) {
  pollfd waited{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&waited, 1, timeout_ms) > 0 ? waited.revents : 0;
}

}  // namespace

StderrWriter& StderrWriter::instance() {
  static auto* const only = new StderrWriter;
  return *only;
}

void StderrWriter::write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  if (buffer_.empty()) lines.remove_prefix(write_some(lines));
  if (lines.empty()) return;
  // The rest of a line that was begun is kept in any case.
  if (!buffer_.empty() && buffer_.size() + lines.size() > kMaxBuffered) return drop(lines);
  buffer_ += lines;
  wake_drainer();
}

/// Writes what stderr takes without waiting, and returns its size. What it refuses for good is dropped.
std::size_t StderrWriter::write_some(std::string_view text) {
  std::size_t written = 0;
  while (written < text.size() && poll_stderr(0) != 0) {
    const auto piece = text.substr(written, kMaxWrite);
    const auto size = ::write(STDERR_FILENO, piece.data(), piece.size());
    if (size >= 0) {
      written += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      drop(text.substr(written));
      return text.size();
    }
  }
  return written;
}

void StderrWriter::drop(std::string_view lines) {
  dropped_ += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
  wake_drainer();
}

void StderrWriter::wake_drainer() {
  if (!std::exchange(has_drainer_, true)) std::thread([this] { drain(); }).detach();
  work_.notify_one();
}

void StderrWriter::drain() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return !buffer_.empty() || dropped_ > told_; });
    lock.unlock();
    const bool has_reader = (poll_stderr(kPollMs) & POLLERR) == 0;
    lock.lock();
    buffer_.erase(0, write_some(buffer_));
    if (!buffer_.empty()) continue;
    written_.notify_all();
    if (dropped_ == told_) continue;
    const auto count = has_reader ? dropped_ - std::exchange(told_, dropped_) : 0;
    lock.unlock();
    if (count > 0) warn("log lines were dropped: the reader of stderr was too slow", {{"lines", count}});
    std::this_thread::sleep_for(kTellInterval);
    lock.lock();
  }
}

void StderrWriter::flush(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  written_.wait_for(lock, timeout, [this] { return buffer_.empty(); });
}

std::uint64_t StderrWriter::dropped() {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace esteira::runtime::log
