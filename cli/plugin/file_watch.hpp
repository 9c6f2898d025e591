#pragma once
#include <sys/stat.h>

#include <filesystem>
#include <optional>

namespace esteira::cli {

/// Tells when a file has a new content. A build writes a library in several steps, so a change counts when two polls in
/// a row find the same file.
class FileWatch {
 public:
  explicit FileWatch(std::filesystem::path path) : path_(std::move(path)), accepted_(stamp()), last_(accepted_) {}

  /// True when the file is there, is another one than before, and did not change since the last poll.
  bool poll() {
    const auto now = stamp();
    const bool is_stable = now == last_;
    last_ = now;
    if (!now || !is_stable || now == accepted_) return false;
    accepted_ = now;
    return true;
  }

 private:
  struct Stamp {
    ino_t inode;
    off_t size;
    time_t seconds;
    long nanoseconds;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  /// Nothing when there is no such file.
  [[nodiscard]] std::optional<Stamp> stamp() const {
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0) return std::nullopt;
    return Stamp{status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }

  const std::filesystem::path path_;
  std::optional<Stamp> accepted_;
  std::optional<Stamp> last_;
};

}  // namespace esteira::cli
