#include "runtime/amqp/message_codec.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "runtime/amqp/reply.hpp"

namespace esteira::runtime::amqp {

namespace {

Delivery decoded(const amqp_basic_properties_t& properties) {
  Delivery delivery;
  decode_properties(properties, delivery);
  return delivery;
}

amqp_table_entry_t entry_of(const char* name, std::uint8_t kind) {
  amqp_table_entry_t entry{};
  entry.key = amqp_cstring_bytes(name);
  entry.value.kind = kind;
  return entry;
}

amqp_table_entry_t text_entry(const char* name, const char* text) {
  auto entry = entry_of(name, AMQP_FIELD_KIND_UTF8);
  entry.value.value.bytes = amqp_cstring_bytes(text);
  return entry;
}

Delivery with_header(amqp_table_entry_t header) {
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG;
  properties.headers = {1, &header};
  return decoded(properties);
}

}  // namespace

TEST_CASE("decoded properties equal the encoded ones") {
  Properties sent;
  sent.message_id = "m-1";
  sent.type = "order.created";
  sent.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  sent.timestamp = 1700000000;
  sent.attempt = 3;
  sent.redrive = 2;
  sent.snoozes = 7;
  sent.snoozed_since = 1'700'000'000'123;
  sent.headers = {{"x-esteira-reason", "no stock"}, {"empty", ""}};
  PropertyEncoder encoder;
  const auto& encoded = encoder.encode(sent, "42");
  CHECK(encoded.delivery_mode == 2);
  CHECK(view(encoded.content_type) == "application/json");
  CHECK(correlation_id(encoded) == "42");
  const auto got = decoded(encoded).properties;
  CHECK(got.message_id == sent.message_id);
  CHECK(got.type == sent.type);
  CHECK(got.traceparent == sent.traceparent);
  CHECK(got.timestamp == sent.timestamp);
  CHECK(got.attempt == 3);
  CHECK(got.redrive == 2);
  CHECK(got.snoozes == 7);
  CHECK(got.snoozed_since == 1'700'000'000'123);
  CHECK(got.headers == sent.headers);
}

TEST_CASE("own headers are written once and left out when empty") {
  Properties sent;
  sent.headers = {{"x-esteira-attempt", "9"}, {"traceparent", "x"}};
  PropertyEncoder encoder;
  const auto& encoded = encoder.encode(sent, "");
  CHECK(encoded.headers.num_entries == 1);
  CHECK(correlation_id(encoded).empty());
  CHECK(decoded(encoded).properties.attempt == 1);
}

TEST_CASE("short strings are cut at 255 bytes between UTF-8 characters") {
  Properties sent;
  sent.message_id = std::string(400, 'x');
  sent.type = std::string(254, 'x') + "\u00e9";
  PropertyEncoder encoder;
  const auto& encoded = encoder.encode(sent, "");
  CHECK(encoded.message_id.len == 255);
  CHECK(encoded.type.len == 254);
}

TEST_CASE("headers that do not fit into a frame are cut or left out") {
  Properties sent;
  for (int at = 0; at < 40; ++at) sent.headers["h" + std::to_string(at)] = std::string(20000, 'x');
  PropertyEncoder encoder;
  std::size_t bytes = 0;
  const auto& encoded = encoder.encode(sent, "");
  for (int at = 1; at < encoded.headers.num_entries; ++at) bytes += encoded.headers.entries[at].value.value.bytes.len;
  CHECK(bytes > 80000);
  CHECK(bytes < 100000);
}

TEST_CASE("a message without properties decodes to defaults") {
  const auto got = decoded({});
  CHECK(got.properties.message_id.empty());
  CHECK(got.properties.attempt == 1);
  CHECK(got.delivery_count == 0);
}

TEST_CASE("the attempt header may be a number or digits, and is 1 when unreadable") {
  auto number = entry_of("x-esteira-attempt", AMQP_FIELD_KIND_I64);
  number.value.value.i64 = 4;
  CHECK(with_header(number).properties.attempt == 4);
  number.value.value.i64 = -4;
  CHECK(with_header(number).properties.attempt == 1);
  number.value.value.i64 = std::int64_t{1} << 40;
  CHECK(with_header(number).properties.attempt == 1);
  CHECK(with_header(text_entry("x-esteira-attempt", "5")).properties.attempt == 5);
  CHECK(with_header(text_entry("x-esteira-attempt", "5th")).properties.attempt == 1);
  CHECK(with_header(entry_of("x-esteira-attempt", AMQP_FIELD_KIND_VOID)).properties.attempt == 1);
}

TEST_CASE("headers that are not text are ignored") {
  CHECK(with_header(entry_of("x-death", AMQP_FIELD_KIND_ARRAY)).properties.headers.empty());
  CHECK(with_header(entry_of("traceparent", AMQP_FIELD_KIND_BOOLEAN)).properties.traceparent.empty());
}

TEST_CASE("x-delivery-count is decoded") {
  auto count = entry_of("x-delivery-count", AMQP_FIELD_KIND_I64);
  count.value.value.i64 = 7;
  CHECK(with_header(count).delivery_count == 7);
}

}  // namespace esteira::runtime::amqp
