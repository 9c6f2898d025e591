#include "runtime/config/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>

#include "runtime/lifecycle/file_descriptor.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::runtime {

namespace {

constexpr std::size_t kMaxSecretFile = 65'536;

[[noreturn]] void throw_unreadable(int error) {
  if (error == ENOENT || error == ENOTDIR) {
    throw std::invalid_argument("there is no such file; create it, or correct the path");
  }
  if (error == EACCES || error == EPERM) {
    throw std::invalid_argument("the file may not be read; let the user of this program read it");
  }
  throw std::invalid_argument("the file cannot be read: " + std::generic_category().message(error));
}

void require_regular(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw_unreadable(errno);
  if (S_ISDIR(status.st_mode)) throw std::invalid_argument("it is a directory; give the path of a file in it");
  if (!S_ISREG(status.st_mode)) throw std::invalid_argument("it is not a regular file; give the path of one");
}

std::string read_at_most(int descriptor, std::size_t max_size) {
  std::string content(max_size, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const auto count = ::read(descriptor, content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_unreadable(errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  content.resize(size);
  return content;
}

}  // namespace

std::string read_regular_file(const std::string& path, std::size_t max_size) {
  // Without O_NONBLOCK, opening a FIFO would wait for its writer.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) throw_unreadable(errno);
  require_regular(file.get());
  auto content = read_at_most(file.get(), max_size + 1);
  if (content.size() > max_size) {
    throw std::invalid_argument("the file is larger than " + std::to_string(max_size / 1024) +
                                " KiB; it should contain the value alone");
  }
  return content;
}

std::string read_secret_file(const std::string& path) {
  auto content = read_regular_file(path, kMaxSecretFile);
  content.erase(content.find_last_not_of("\r\n") + 1);
  if (content.empty()) throw std::invalid_argument("the file is empty; write the value into it");
  if (content.find('\0') != std::string::npos || !is_utf8(content)) {
    throw std::invalid_argument("the file is not UTF-8 text; write the value as plain text");
  }
  return content;
}

}  // namespace esteira::runtime
