#include <benchmark/benchmark.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/store/order.hpp"
#include "runtime/text/utf8.hpp"

// The project's JSON writing, and the same documents through RapidJSON's writer: see docs/decisions.md.
namespace esteira::bench {

/// An output stream of RapidJSON that fills a string.
class TextStream {
 public:
  using Ch = char;
  TextStream() : text_(2048, '\0') {}
  void reserve(std::size_t count) {
    if (size_ + count > text_.size()) text_.resize(std::max(2 * text_.size(), size_ + count));
  }
  void put_unsafe(char c) { text_[size_++] = c; }
  // NOLINTBEGIN(readability-identifier-naming): the library calls these.
  void Put(char c) {
    reserve(1);
    put_unsafe(c);
  }
  void Flush() {}
  // NOLINTEND(readability-identifier-naming)
  std::string take() {
    text_.resize(size_);
    return std::move(text_);
  }

 private:
  std::string text_;
  std::size_t size_ = 0;
};

}  // namespace esteira::bench

namespace rapidjson {
template <>
inline void PutReserve(esteira::bench::TextStream& stream, std::size_t count) {
  stream.reserve(count);
}
template <>
inline void PutUnsafe(esteira::bench::TextStream& stream, char c) {
  stream.put_unsafe(c);
}
}  // namespace rapidjson

namespace esteira::bench {
namespace {

using Writer = rapidjson::Writer<TextStream>;

rapidjson::SizeType size_of(std::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }

void write_text(Writer& writer, const std::string& text) {
  if (runtime::is_utf8(text)) {
    writer.String(text.data(), size_of(text));
  } else {
    const auto clean = runtime::clean_utf8(text);
    writer.String(clean.data(), size_of(clean));
  }
}

void write_key(Writer& writer, std::string_view name) { writer.Key(name.data(), size_of(name)); }

void write_member(Writer& writer, std::string_view name, const std::string& text) {
  write_key(writer, name);
  write_text(writer, text);
}

void write_money(Writer& writer, std::string_view name, const std::optional<Money>& money) {
  if (money) write_member(writer, name, money->text());
}

void write_items(Writer& writer, const std::vector<Item>& items) {
  write_key(writer, "items");
  writer.StartArray();
  for (const auto& item : items) {
    writer.StartObject();
    write_member(writer, "sku", item.sku);
    write_key(writer, "qty");
    writer.Int64(item.qty);
    write_money(writer, "unit_price", item.unit_price);
    writer.EndObject();
  }
  writer.EndArray();
}

void write_data(Writer& writer, const std::string& stage, const std::string& data) {
  write_text(writer, stage);
  writer.RawValue(data.data(), data.size(), rapidjson::kObjectType);
}

std::string write_envelope(const Message& message) {
  TextStream stream;
  Writer writer(stream);
  writer.StartObject();
  write_member(writer, "order_id", message.order_id);
  write_member(writer, "workflow", message.workflow);
  write_member(writer, "customer_id", message.customer_id);
  write_items(writer, message.items);
  write_money(writer, "total", message.total);
  write_key(writer, "data");
  writer.StartObject();
  for (const auto& [stage, data] : message.data) write_data(writer, stage, data);
  writer.EndObject();
  writer.EndObject();
  return stream.take();
}

void write_event(Writer& writer, const runtime::orders::Event& event) {
  writer.StartObject();
  write_member(writer, "at", event.created_at);
  write_member(writer, "stage", event.stage);
  write_member(writer, "outcome", event.outcome);
  write_key(writer, "attempt");
  writer.Int(event.attempt);
  if (!event.detail.empty()) write_member(writer, "detail", event.detail);
  if (event.redrive > 0) {
    write_key(writer, "redrive");
    writer.Int(event.redrive);
  }
  writer.EndObject();
}

std::string write_order(const runtime::orders::Order& order) {
  TextStream stream;
  Writer writer(stream);
  writer.StartObject();
  write_member(writer, "order_id", order.id);
  write_member(writer, "status", order.status);
  write_member(writer, "workflow", order.workflow);
  write_member(writer, "customer_id", order.customer_id);
  write_items(writer, order.items);
  write_money(writer, "total", order.total);
  if (order.status == "failed") write_member(writer, "failure_reason", order.failure_reason);
  write_member(writer, "created_at", order.created_at);
  write_member(writer, "updated_at", order.updated_at);
  write_key(writer, "enrichments");
  writer.StartObject();
  for (const auto& enrichment : order.enrichments) {
    write_data(writer, enrichment.stage, nlohmann::ordered_json::parse(enrichment.data).dump());
  }
  writer.EndObject();
  write_key(writer, "timeline");
  writer.StartArray();
  for (const auto& event : order.timeline) write_event(writer, event);
  writer.EndArray();
  writer.EndObject();
  return stream.take();
}

std::vector<Item> sample_items(std::int64_t count) {
  std::vector<Item> items;
  for (std::int64_t i = 0; i < count; ++i) items.push_back({"SKU-" + std::to_string(i), 2, Money{1250}});
  return items;
}

Message sample_message(std::int64_t items) {
  Message message;
  message.order_id = "1fec340b-0b4a-494b-b11e-d91f9350f34e";
  message.workflow = "default";
  message.customer_id = "123";
  message.items = sample_items(items);
  message.total = Money{2500};
  message.data["enrich"] = R"({"score":39,"supplier":"simulated"})";
  return message;
}

runtime::orders::Order sample_order(std::int64_t items) {
  runtime::orders::Order order;
  order.id = "1fec340b-0b4a-494b-b11e-d91f9350f34e";
  order.workflow = "default";
  order.customer_id = "123";
  order.status = "completed";
  order.items = sample_items(items);
  order.total = Money{2500};
  order.created_at = order.updated_at = "2026-11-22T07:47:18.072500Z";
  order.enrichments = {{"enrich", R"({"score": 39, "supplier": "simulated"})", order.created_at}};
  for (const auto* stage : {"api", "process", "enrich", "finalize"}) {
    order.timeline.push_back({stage, "done", 1, 0, "", order.created_at, "result", ""});
  }
  return order;
}

/// Both writers must make the same text of the sample.
template <class Sample, class Write, class Expected>
void measure(benchmark::State& state, const Sample& sample, const Write& write, const Expected& expected) {
  if (write(sample) != expected(sample)) return state.SkipWithError("the two writers differ");
  for (auto _ : state) benchmark::DoNotOptimize(write(sample));
}

constexpr auto kOwnEnvelope = [](const Message& message) { return runtime::orders::write_envelope(message); };
constexpr auto kOwnOrder = [](const runtime::orders::Order& order) { return to_json(order); };

void envelope_appended(benchmark::State& state) {
  measure(state, sample_message(state.range(0)), kOwnEnvelope, write_envelope);
}
void envelope_rapidjson(benchmark::State& state) {
  measure(state, sample_message(state.range(0)), write_envelope, kOwnEnvelope);
}
void order_appended(benchmark::State& state) { measure(state, sample_order(state.range(0)), kOwnOrder, write_order); }
void order_rapidjson(benchmark::State& state) { measure(state, sample_order(state.range(0)), write_order, kOwnOrder); }

constexpr int kManyItems = 1000;
BENCHMARK(envelope_appended)->Arg(2)->Arg(kManyItems);
BENCHMARK(envelope_rapidjson)->Arg(2)->Arg(kManyItems);
BENCHMARK(order_appended)->Arg(2)->Arg(kManyItems);
BENCHMARK(order_rapidjson)->Arg(2)->Arg(kManyItems);

}  // namespace
}  // namespace esteira::bench
