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

  /// Nothing when `header` is not a valid traceparent.
  static std::optional<Trace> parse(std::string_view header);
  /// A new one, random.
  static Trace make();
  /// The same trace with a new parent id: what we hand on.
  [[nodiscard]] Trace child() const;
  [[nodiscard]] std::string header() const;
};

/// The trace id inside a traceparent, for a log line; empty when there is none.
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent);

}  // namespace esteira::runtime
