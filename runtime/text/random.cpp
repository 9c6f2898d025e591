#include "runtime/text/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace esteira::runtime {

namespace {

void read_kernel_random(unsigned char* bytes, std::size_t size) {
  while (size > 0) {
    const auto got = getrandom(bytes, size, 0);
    if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    if (got <= 0) continue;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace

// A system call costs more than an id: one call fetches the bytes of a few dozen.
void fill_random(unsigned char* bytes, std::size_t size) {
  thread_local std::array<unsigned char, 512> pool;
  thread_local std::size_t used = pool.size();
  if (size > pool.size()) return read_kernel_random(bytes, size);
  if (pool.size() - used < size) {
    read_kernel_random(pool.data(), pool.size());
    used = 0;
  }
  std::copy_n(pool.begin() + static_cast<std::ptrdiff_t>(used), size, bytes);
  used += size;
}

}  // namespace esteira::runtime
