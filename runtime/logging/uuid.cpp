#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <system_error>

#include "runtime/logging/hex.hpp"
#include "runtime/logging/trace.hpp"

namespace esteira::runtime {

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    hex += kDigits[bytes[i] >> 4U];
    hex += kDigits[bytes[i] & 0xfU];
  }
  return hex;
}

namespace {

void ask_kernel(unsigned char* bytes, std::size_t size) {
  while (size > 0) {
    const auto got = getrandom(bytes, size, 0);
    if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    if (got <= 0) continue;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
}

/// Version and variant as RFC 9562 places them, over bytes that are set otherwise.
std::string uuid_of(std::array<unsigned char, 16> bytes, unsigned version) {
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fU) | (version << 4U));
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fU) | 0x80U);
  auto uuid = to_hex(bytes.data(), bytes.size());
  for (const std::size_t at : {8U, 13U, 18U, 23U}) uuid.insert(at, 1, '-');
  return uuid;
}

}  // namespace

/// A system call a few dozen ids.
void fill_random(unsigned char* bytes, std::size_t size) {
  thread_local std::array<unsigned char, 512> store;
  thread_local std::size_t used = store.size();
  if (size > store.size()) return ask_kernel(bytes, size);
  if (store.size() - used < size) {
    ask_kernel(store.data(), store.size());
    used = 0;
  }
  std::copy_n(store.begin() + static_cast<std::ptrdiff_t>(used), size, bytes);
  used += size;
}

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  fill_random(bytes.data(), bytes.size());
  return uuid_of(bytes, 4);
}

std::string ordered_uuid() {
  constexpr std::size_t kTimeBytes = 6;
  std::array<unsigned char, 16> bytes{};
  fill_random(bytes.data() + kTimeBytes, bytes.size() - kTimeBytes);
  auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  for (std::size_t i = kTimeBytes; i > 0; --i, milliseconds >>= 8U) {
    bytes[i - 1] = static_cast<unsigned char>(milliseconds & 0xff);
  }
  return uuid_of(bytes, 7);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace esteira::runtime
