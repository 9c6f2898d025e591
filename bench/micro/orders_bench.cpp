#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>

#include "api/order_parser.hpp"
#include "runtime/orders/envelope/envelope.hpp"

namespace esteira::bench {
namespace {

constexpr std::size_t kMaxItems = 1000;

/// An order refers to its workflow.
const runtime::Workflows& default_workflows() {
  static const runtime::Workflows workflows;
  return workflows;
}

std::string order_body(std::int64_t items) {
  std::string body = R"({"customer_id":"123","items":[)";
  for (std::int64_t i = 0; i < items; ++i) {
    if (i > 0) body += ',';
    body += R"({"sku":"SKU-)" + std::to_string(i) + R"(","qty":2,"unit_price":"12.50"})";
  }
  return body + "]}";
}

api::OrderRequest parsed_order(std::int64_t items) {
  auto parsed = api::parse_order(order_body(items), kMaxItems, default_workflows());
  if (!std::holds_alternative<api::OrderRequest>(parsed)) throw std::logic_error("the sample is not an order");
  return std::get<api::OrderRequest>(std::move(parsed));
}

Message message_of(std::int64_t items) {
  auto order = parsed_order(items);
  Message message;
  message.order_id = "1fec340b-0b4a-494b-b11e-d91f9350f34e";
  message.workflow = "default";
  message.customer_id = order.customer_id;
  message.items = std::move(order.items);
  message.total = order.total;
  message.data["enrich"] = R"({"score":39,"supplier":"simulated"})";
  return message;
}

void parse_order(benchmark::State& state) {
  const auto body = order_body(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(api::parse_order(body, kMaxItems, default_workflows()));
}

void hash_order(benchmark::State& state) {
  const auto order = parsed_order(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(api::order_hash(order, default_workflows().fallback()));
}

void encode_envelope(benchmark::State& state) {
  const auto message = message_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(runtime::orders::write_envelope(message));
}

void decode_envelope(benchmark::State& state) {
  const auto body = runtime::orders::write_envelope(message_of(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(runtime::orders::read_envelope(body));
}

BENCHMARK(parse_order)->Arg(2)->Arg(kMaxItems);
BENCHMARK(hash_order)->Arg(2)->Arg(kMaxItems);
BENCHMARK(encode_envelope)->Arg(2)->Arg(kMaxItems);
BENCHMARK(decode_envelope)->Arg(2)->Arg(kMaxItems);

}  // namespace
}  // namespace esteira::bench
