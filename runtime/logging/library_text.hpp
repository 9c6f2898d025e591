#pragma once
#include <cstdio>
#include <streambuf>
#include <string>
#include <string_view>

namespace esteira::runtime::log {

/// Turns into log lines what libraries write to stderr by themselves (libpq's notices while it connects, std::cerr of
/// Pistache, the text of std::terminate), so that stderr holds nothing but log lines. It replaces the stream `stderr`
/// and the buffers of std::cerr and std::clog while it lives. What goes to descriptor 2 itself, such as the last words
/// of the C library, is not affected. Create it before the first thread starts. A thread may write while it is
/// destroyed: the replaced stream is never closed.
class LibraryText {
 public:
  LibraryText();
  ~LibraryText();
  LibraryText(const LibraryText&) = delete;
  LibraryText& operator=(const LibraryText&) = delete;

 private:
  std::FILE* former_;
  std::streambuf* former_cerr_;
  std::streambuf* former_clog_;
};

}  // namespace esteira::runtime::log
