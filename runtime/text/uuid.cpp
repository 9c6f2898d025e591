#include "runtime/text/uuid.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "runtime/text/ascii.hpp"
#include "runtime/text/hex.hpp"
#include "runtime/text/random.hpp"

namespace esteira::runtime {

namespace {

constexpr std::size_t kTimeBytes = 6;
/// With the fraction of a millisecond, in the 12 bits after the version (RFC 9562, section 6.2, method 3).
constexpr std::size_t kFractionBytes = 8;

/// Sets version and variant (RFC 9562, section 4) in `bytes` and writes them as text.
std::string uuid_of(std::array<unsigned char, 16> bytes, unsigned version) {
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fU) | (version << 4U));
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fU) | 0x80U);
  auto uuid = to_hex(bytes.data(), bytes.size());
  for (const std::size_t at : {8U, 13U, 18U, 23U}) uuid.insert(at, 1, '-');
  return uuid;
}

void set_time(std::array<unsigned char, 16>& bytes, std::chrono::sys_time<std::chrono::milliseconds> time) {
  auto milliseconds = time.time_since_epoch().count();
  for (std::size_t i = kTimeBytes; i > 0; --i, milliseconds >>= 8U) {
    bytes[i - 1] = static_cast<unsigned char>(milliseconds & 0xff);
  }
}

void set_fraction(std::array<unsigned char, 16>& bytes, std::chrono::nanoseconds fraction) {
  constexpr std::int64_t kSteps = 4096;
  const auto step = fraction.count() * kSteps / std::chrono::nanoseconds(std::chrono::milliseconds(1)).count();
  bytes[kTimeBytes] = static_cast<unsigned char>(step >> 8U);
  bytes[kTimeBytes + 1] = static_cast<unsigned char>(step & 0xff);
}

}  // namespace

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  fill_random(bytes.data(), bytes.size());
  return uuid_of(bytes, 4);
}

std::string ordered_uuid() {
  std::array<unsigned char, 16> bytes{};
  fill_random(bytes.data() + kFractionBytes, bytes.size() - kFractionBytes);
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(now);
  set_time(bytes, milliseconds);
  set_fraction(bytes, now - milliseconds);
  return uuid_of(bytes, 7);
}

std::string first_uuid_at(std::chrono::sys_time<std::chrono::milliseconds> time) {
  std::array<unsigned char, 16> bytes{};
  set_time(bytes, time);
  return uuid_of(bytes, 7);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = is_lower_hex_digit(ascii_lower(c));
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

std::optional<std::string> canonical_uuid(std::string_view text) {
  if (!is_uuid(text)) return std::nullopt;
  std::string uuid(text);
  std::transform(uuid.begin(), uuid.end(), uuid.begin(), ascii_lower);
  return uuid;
}

}  // namespace esteira::runtime
