#pragma once
#include <cstddef>
#include <esteira/message.hpp>
#include <esteira/money.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace esteira::runtime::orders {

/// A message body that is not an order. what() says what is wrong, in one line.
class MalformedEnvelope : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The whole order as it travels between stages:
/// {"order_id","workflow","customer_id","items":[{"sku","qty","unit_price"?}],"total"?,"data":{"<stage>":{...}}}
/// Money is text ("12.50"). Stage, attempt, redrive and traceparent travel beside the body.
std::string write_envelope(const Message& message);

/// What a stage adds to an order.
struct StageOutput {
  const std::string& stage;
  const std::string& data;  ///< a JSON object; empty: none
  const std::optional<Money>& total;
};
/// As above, with what a stage adds: its data in place of what it kept before, and its total.
std::string write_envelope(const Message& message, const StageOutput& added);

/// Reads one back. Unknown members are ignored, so that an older host can work on a newer message.
/// Throws MalformedEnvelope; nesting, size and UTF-8 are checked before anything is built.
Message read_envelope(std::string_view body);

/// Whether `text` is one JSON object, at most `max_bytes` and 32 levels deep, valid UTF-8 and without \u0000
/// (PostgreSQL's jsonb cannot hold it): what a stage may keep. Empty when it is; else what is wrong.
std::string json_object_fault(std::string_view text, std::size_t max_bytes = std::size_t{256} * 1024);

}  // namespace esteira::runtime::orders
