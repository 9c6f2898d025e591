#include "runtime/orders/envelope/envelope.hpp"

#include <optional>
#include <string>

#include "runtime/text/utf8.hpp"
#include "tests/fuzz/targets.hpp"

namespace esteira::fuzz {
namespace {

constexpr std::size_t kMaxFault = 300;

std::optional<Message> read_message(std::string_view body) {
  try {
    return runtime::orders::read_envelope(body);
  } catch (const runtime::orders::MalformedEnvelope& fault) {
    promise_one_line(fault.what());  // it may name a stage, and a message holds no password
    promise(runtime::is_utf8(fault.what()), "a fault is text");
    promise(std::string_view(fault.what()).size() <= kMaxFault, "a fault fits into a header");
    return std::nullopt;
  }
}

}  // namespace

void envelope(std::string_view input) {
  const auto message = read_message(input);
  if (!message) return;
  promise(message->order_id.size() == 36, "an order has a UUID");
  for (const auto& item : message->items) promise(item.qty >= 1, "a quantity is at least 1");
  for (const auto& [stage, kept] : message->data) {
    promise(runtime::orders::json_object_fault(kept).empty(), "what a stage kept can be kept again");
  }
  const auto written = runtime::orders::write_envelope(*message);
  const auto again = read_message(written);
  promise(again.has_value(), "what was read is written so that it is read");
  promise(
      again->data == message->data && again->total == message->total && again->items.size() == message->items.size(),
      "what is written means what was read");
  promise(runtime::orders::write_envelope(*again) == written, "writing it again changes nothing");
}

}  // namespace esteira::fuzz
