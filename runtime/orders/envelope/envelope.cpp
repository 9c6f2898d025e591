#include "runtime/orders/envelope/envelope.hpp"

#include "runtime/json/json_check.hpp"
#include "runtime/orders/envelope/envelope_reader.hpp"
#include "runtime/orders/envelope/order_json.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr std::size_t kMaxBody = 4'194'304;
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kUsualSize = 512;
constexpr std::size_t kUsualItemSize = 64;

void append_enrichment(std::string& body, const std::string& stage, const std::string& data) {
  append_text(body, body.back() == '{' ? "" : ",", stage);
  body.append(":").append(data);
}

}  // namespace

std::string write_envelope(const Message& message) {
  return write_envelope(message, {message.stage, {}, std::nullopt});
}

// Appended as text, because the data of a stage is JSON already and must be copied unchanged.
std::string write_envelope(const Message& message, const StageOutput& output) {
  std::string body;
  body.reserve(kUsualSize + kUsualItemSize * message.items.size() + output.data.size());
  append_text(body, "{\"order_id\":", message.order_id);
  append_text(body, ",\"workflow\":", message.workflow);
  append_text(body, ",\"customer_id\":", message.customer_id);
  append_items(body, ",\"items\":", message.items);
  append_money(body, ",\"total\":", output.total ? output.total : message.total);
  body += ",\"data\":{";
  for (const auto& [stage, data] : message.data) {
    if (output.data.empty() || stage != output.stage) append_enrichment(body, stage, data);
  }
  if (!output.data.empty()) append_enrichment(body, output.stage, output.data);
  return body += "}}";
}

std::string refusal_data(const std::string& reason) {
  std::string data;
  append_text(data, "{\"refused\":", reason);
  return data += '}';
}

Message read_envelope(std::string_view body) {
  if (auto fault = json::text_fault(body, kMaxBody); !fault.empty()) throw MalformedEnvelope(fault);
  return EnvelopeReader(body, kMaxDepth + 2).read();  // the data of a stage is two levels down
}

std::string json_object_fault(std::string_view text, std::size_t max_bytes) {
  if (auto fault = json::text_fault(text, max_bytes); !fault.empty()) return fault;
  json::JsonCheck check(kMaxDepth, max_bytes);
  json::check_json(text, check);
  return check.fault();
}

}  // namespace esteira::runtime::orders
