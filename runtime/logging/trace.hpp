#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace esteira::runtime {

/// A W3C trace context, version 00 (https://www.w3.org/TR/trace-context/).
struct Trace {
  std::string trace_id;   ///< 32 lower-case hex digits, not all zero
  std::string parent_id;  ///< 16 lower-case hex digits, not all zero
  bool sampled = false;

  /// Parses a traceparent header; nothing when it is invalid.
  static std::optional<Trace> parse(std::string_view header);
  /// A new trace with random ids, sampled.
  static Trace make();
  /// The same trace with a new parent id, for the next call or message.
  [[nodiscard]] Trace child() const;
  /// The traceparent header.
  [[nodiscard]] std::string header() const;
};

/// The trace id in a traceparent, for a log line; empty when the header is too short to have one.
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent);

}  // namespace esteira::runtime
