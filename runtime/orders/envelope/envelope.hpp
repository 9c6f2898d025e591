#pragma once
#include <cstddef>
#include <esteira/message.hpp>
#include <esteira/money.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace esteira::runtime::orders {

/// Thrown for a message body that is not an order. what() names the fault in one line.
class MalformedEnvelope : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The envelope: the body of a message, which contains the whole order.
/// {"order_id","workflow","customer_id","items":[{"sku","qty","unit_price"?}],"total"?,"data":{"<stage>":{...}}}
/// Money is a string ("12.50"). Stage, attempt, redrive and traceparent are in the headers of the message.
std::string write_envelope(const Message& message);

/// What a stage adds to an order. The caller owns the strings.
struct StageOutput {
  const std::string& stage;
  const std::string& data;  ///< a JSON object; empty: none
  const std::optional<Money>& total;
};
/// As above, with the output of a stage: its data replaces the data that it added before, its total replaces the total.
std::string write_envelope(const Message& message, const StageOutput& output);

/// The data of a stage that refused an order, as its refused event and every later message carry it:
/// {"refused":"<reason>"}. It is made from the timeline and not stored.
std::string refusal_data(const std::string& reason);

/// Reads an envelope. Unknown members are ignored, so that an older host can process a newer message. Size and UTF-8
/// are checked before parsing, nesting while parsing. Throws MalformedEnvelope.
Message read_envelope(std::string_view body);

/// Checks the data of a stage: one JSON object, at most `max_bytes` long and 32 levels deep, valid UTF-8, without
/// \u0000 (which PostgreSQL's jsonb cannot store). A number may have 1,000 digits when written without an exponent, and
/// all of them together `max_bytes`. Returns "" when it is valid, else the fault.
std::string json_object_fault(std::string_view text, std::size_t max_bytes = std::size_t{256} * 1024);

}  // namespace esteira::runtime::orders
