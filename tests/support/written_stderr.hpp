#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>

namespace esteira::test {

/// Replaces stderr by a pipe while it lives. The pipe keeps each write apart (O_DIRECT, pipe(2)).
class WrittenStderr {
 public:
  WrittenStderr() : stderr_(dup(STDERR_FILENO)) {
    REQUIRE(pipe2(ends_.data(), O_DIRECT | O_NONBLOCK) == 0);
    fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20);  // each write takes a page of it
    dup2(ends_[1], STDERR_FILENO);
  }
  ~WrittenStderr() {
    dup2(stderr_, STDERR_FILENO);
    for (const int fd : {stderr_, ends_[0], ends_[1]}) close(fd);
  }
  WrittenStderr(const WrittenStderr&) = delete;
  WrittenStderr& operator=(const WrittenStderr&) = delete;

  /// The next write; empty when there is none. A write of more than PIPE_BUF bytes is several.
  std::string next() {
    std::array<char, 65536> data{};
    const auto size = read(ends_[0], data.data(), data.size());
    return size < 0 ? std::string() : std::string(data.data(), static_cast<std::size_t>(size));
  }

 private:
  int stderr_;
  std::array<int, 2> ends_{};
};

}  // namespace esteira::test
