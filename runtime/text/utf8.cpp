#include "runtime/text/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace esteira::runtime {

namespace {

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// The length of the character that starts at `at`; 0 when no valid one does (RFC 3629, section 4).
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto first = byte_at(text, at);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first == 0xe0) low = 0xa0;   // overlong
    if (first == 0xed) high = 0x9f;  // surrogates
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first == 0xf0) low = 0x90;   // overlong
    if (first == 0xf4) high = 0x8f;  // above U+10FFFF
  }
  if (length == 0 || at + length > text.size()) return 0;
  if (byte_at(text, at + 1) < low || byte_at(text, at + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

/// Not 0 when one of the eight bytes is 0: a byte borrows from its high bit only when it is 0, or after one that is.
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - kOnes) & ~word & kHighBits; }

/// Not 0 when one of the eight bytes is a control character, not ASCII, a quotation mark or a backslash.
constexpr std::uint64_t odd_bytes(std::uint64_t word) {
  const auto controls = (word - kOnes * 0x20) & ~word;
  return ((word | controls) & kHighBits) | zero_bytes(word ^ kOnes * 0x7f) | zero_bytes(word ^ kOnes * '"') |
         zero_bytes(word ^ kOnes * '\\');
}

/// The length of a prefix of `text` that is ASCII. Nearly all text is ASCII, so eight bytes are tested at a time.
std::size_t ascii_length(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  return at;
}

}  // namespace

// Most texts are short: ids, names, SKUs.
bool is_plain(std::string_view text) {
  std::uint64_t odd = 0;
  std::size_t at = 0;
  std::uint64_t word = 0;
  for (; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    odd |= odd_bytes(word);
  }
  word = kOnes * ' ';
  if (at < text.size()) std::memcpy(&word, text.data() + at, text.size() - at);
  return (odd | odd_bytes(word)) == 0;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = ascii_length(text); at < text.size();) {
    const auto length = character_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string clean_utf8(std::string_view text, std::size_t limit) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string clean;
  clean.reserve(std::min(text.size(), limit));
  for (std::size_t at = 0; at < text.size();) {
    const auto length = character_length(text, at);
    const auto character = length == 0 ? kReplacement : text.substr(at, length);
    if (character.size() > limit - clean.size()) break;
    clean += character;
    at += std::max(length, std::size_t{1});
  }
  return clean;
}

}  // namespace esteira::runtime
