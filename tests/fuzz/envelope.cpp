#include "runtime/orders/envelope/envelope.hpp"

#include <optional>
#include <string>

#include "runtime/text/utf8.hpp"
#include "tests/fuzz/targets.hpp"

namespace esteira::fuzz {
namespace {

constexpr std::size_t kMaxErrorBytes = 300;

std::optional<Message> read_message(std::string_view body) {
  try {
    return runtime::orders::read_envelope(body);
  } catch (const runtime::orders::MalformedEnvelope& error) {
    require_one_line(error.what());  // it may name a stage; a message contains no password
    require(runtime::is_utf8(error.what()), "an error is UTF-8");
    require(std::string_view(error.what()).size() <= kMaxErrorBytes, "an error fits into a message header");
    return std::nullopt;
  }
}

}  // namespace

void envelope(std::string_view input) {
  const auto message = read_message(input);
  if (!message) return;
  require(message->order_id.size() == 36, "an order id is a UUID");
  for (const auto& item : message->items) require(item.qty >= 1, "a quantity is at least 1");
  for (const auto& [stage, output] : message->data) {
    require(runtime::orders::json_object_fault(output).empty(), "the output of a stage is a valid JSON object");
  }
  const auto written = runtime::orders::write_envelope(*message);
  const auto again = read_message(written);
  require(again.has_value(), "a written envelope can be read");
  require(
      again->data == message->data && again->total == message->total && again->items.size() == message->items.size(),
      "writing keeps the content");
  require(runtime::orders::write_envelope(*again) == written, "writing is deterministic");
}

}  // namespace esteira::fuzz
