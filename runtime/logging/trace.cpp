#include "runtime/logging/trace.hpp"

#include <algorithm>
#include <array>

#include "runtime/text/ascii.hpp"
#include "runtime/text/hex.hpp"
#include "runtime/text/random.hpp"

namespace esteira::runtime {

namespace {

constexpr std::size_t kHeaderSize = 55;  // 00-<32>-<16>-01

bool is_lower_hex(std::string_view text) { return std::all_of(text.begin(), text.end(), is_lower_hex_digit); }

bool is_id(std::string_view text) {
  return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

template <std::size_t kSize>
std::string random_id() {
  std::array<unsigned char, kSize> bytes{};
  do {
    fill_random(bytes.data(), bytes.size());
  } while (std::all_of(bytes.begin(), bytes.end(), [](unsigned char byte) { return byte == 0; }));
  return to_hex(bytes.data(), bytes.size());
}

/// A version after 00 may append parts.
bool has_valid_size(std::string_view header) {
  if (header.size() == kHeaderSize) return true;
  return header.size() > kHeaderSize && !header.starts_with("00") && header[kHeaderSize] == '-';
}

}  // namespace

std::optional<Trace> Trace::parse(std::string_view header) {
  if (!has_valid_size(header) || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  const auto version = header.substr(0, 2);
  const auto trace_id = header.substr(3, 32);
  const auto parent_id = header.substr(36, 16);
  const auto flags = header.substr(53, 2);
  if (!is_lower_hex(version) || version == "ff" || !is_lower_hex(flags)) return std::nullopt;
  if (!is_id(trace_id) || !is_id(parent_id)) return std::nullopt;
  constexpr std::string_view kOdd = "13579bdf";
  return Trace{std::string(trace_id), std::string(parent_id), kOdd.find(flags[1]) != std::string_view::npos};
}

Trace Trace::make() { return {random_id<16>(), random_id<8>(), true}; }

Trace Trace::child() const { return {trace_id, random_id<8>(), sampled}; }

std::string Trace::header() const { return "00-" + trace_id + "-" + parent_id + (sampled ? "-01" : "-00"); }

std::string_view trace_id_of(std::string_view traceparent) {
  return traceparent.size() >= kHeaderSize ? traceparent.substr(3, 32) : std::string_view();
}

}  // namespace esteira::runtime
