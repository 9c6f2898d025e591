#include "supplier_protocol.hpp"

#include <nlohmann/json.hpp>

namespace enrich {
namespace {

nlohmann::json item_json(const esteira::Item& item) {
  nlohmann::json json = {{"sku", item.sku}, {"qty", item.qty}};
  if (item.unit_price) json["unit_price"] = item.unit_price->text();
  return json;
}

// The host checks the rest when it stores the data: a parser that reads numbers as double would refuse 1e350.
bool may_be_object(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{';
}

}  // namespace

std::string request_body(const esteira::Message& order) {
  nlohmann::json json = {
      {"order_id", order.order_id}, {"workflow", order.workflow}, {"customer_id", order.customer_id}};
  json["items"] = nlohmann::json::array();
  for (const auto& item : order.items) json["items"].push_back(item_json(item));
  if (order.total) json["total"] = order.total->text();
  return json.dump();
}

esteira::Outcome outcome_of(long status, const std::string& body) {
  const auto answer = "the supplier answered " + std::to_string(status);
  if (status >= 200 && status < 300) {
    if (may_be_object(body)) return esteira::Outcome::done(body);
    return esteira::Outcome::retry(answer + " without a JSON object");
  }
  if (status >= 400 && status < 500 && status != 408 && status != 429) return esteira::Outcome::fail(answer);
  return esteira::Outcome::retry(answer);
}

}  // namespace enrich
