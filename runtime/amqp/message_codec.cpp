#include "runtime/amqp/message_codec.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "runtime/amqp/reply.hpp"
#include "runtime/text/parse_integer.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr std::string_view kContentType = "application/json";
constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kAttempt = "x-esteira-attempt";
constexpr std::string_view kRedrive = "x-esteira-redrive";
constexpr std::string_view kSnoozes = "x-esteira-snoozes";
constexpr std::string_view kSnoozedSince = "x-esteira-snoozed-since";
constexpr std::string_view kDeliveryCount = "x-delivery-count";
constexpr std::uint8_t kPersistent = 2;
constexpr std::size_t kMaxHeaderText = 8192;
constexpr std::size_t kMaxHeaderBytes = 98304;

bool is_own_header(std::string_view name) {
  return name == kTraceparent || name == kAttempt || name == kRedrive || name == kSnoozes || name == kSnoozedSince;
}

std::optional<std::int64_t> number_in(const amqp_field_value_t& field) {
  switch (field.kind) {
    case AMQP_FIELD_KIND_I8:
      return field.value.i8;
    case AMQP_FIELD_KIND_U8:
      return field.value.u8;
    case AMQP_FIELD_KIND_I16:
      return field.value.i16;
    case AMQP_FIELD_KIND_U16:
      return field.value.u16;
    case AMQP_FIELD_KIND_I32:
      return field.value.i32;
    case AMQP_FIELD_KIND_U32:
      return field.value.u32;
    case AMQP_FIELD_KIND_I64:
      return field.value.i64;
    default:
      return std::nullopt;
  }
}

std::optional<std::string_view> text_in(const amqp_field_value_t& field) {
  if (field.kind != AMQP_FIELD_KIND_UTF8 && field.kind != AMQP_FIELD_KIND_BYTES) return std::nullopt;
  return view(field.value.bytes);
}

/// Sent as a number or as digits.
std::optional<std::int64_t> integer_in(const amqp_field_value_t& field) {
  const auto text = text_in(field);
  return text ? parse_integer<std::int64_t>(*text) : number_in(field);
}

/// `fallback` when it is no count, or below `minimum`.
int count_in(const amqp_field_value_t& field, int minimum, int fallback) {
  const auto number = integer_in(field);
  if (!number || *number < minimum || *number > std::numeric_limits<int>::max()) return fallback;
  return static_cast<int>(*number);
}

void decode_header(const amqp_table_entry_t& header, Delivery& into) {
  const auto name = view(header.key);
  auto& properties = into.properties;
  if (name == kAttempt) {
    properties.attempt = count_in(header.value, 1, 1);
  } else if (name == kRedrive) {
    properties.redrive = count_in(header.value, 0, 0);
  } else if (name == kSnoozes) {
    properties.snoozes = count_in(header.value, 0, 0);
  } else if (name == kSnoozedSince) {
    properties.snoozed_since = std::max<std::int64_t>(integer_in(header.value).value_or(0), 0);
  } else if (name == kDeliveryCount) {
    into.delivery_count = number_in(header.value).value_or(0);
  } else if (const auto text = text_in(header.value)) {
    if (name == kTraceparent) {
      properties.traceparent = *text;
    } else {
      properties.headers.emplace(name, *text);
    }
  }
}

}  // namespace

void PropertyEncoder::add_text(std::string_view name, std::string_view value) {
  name = short_text(name);
  value = value.substr(0, kMaxHeaderText);
  if (header_bytes_ + name.size() + value.size() > kMaxHeaderBytes) return;
  header_bytes_ += name.size() + value.size() + 6;
  amqp_table_entry_t entry{.key = bytes_of(name), .value = {}};
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = bytes_of(value);
  headers_.push_back(entry);
}

void PropertyEncoder::add_number(std::string_view name, std::int64_t value) {
  amqp_table_entry_t entry{.key = bytes_of(name), .value = {}};
  entry.value.kind = AMQP_FIELD_KIND_I64;
  entry.value.value.i64 = value;
  headers_.push_back(entry);
}

void PropertyEncoder::add_number(std::string_view name, int value) {
  amqp_table_entry_t entry{.key = bytes_of(name), .value = {}};
  entry.value.kind = AMQP_FIELD_KIND_I32;
  entry.value.value.i32 = value;
  headers_.push_back(entry);
}

const amqp_basic_properties_t& PropertyEncoder::encode(const Properties& properties, std::string_view correlation) {
  headers_.clear();
  header_bytes_ = 0;
  add_number(kAttempt, properties.attempt);
  if (properties.redrive != 0) add_number(kRedrive, properties.redrive);
  if (properties.snoozes != 0) add_number(kSnoozes, properties.snoozes);
  if (properties.snoozed_since != 0) add_number(kSnoozedSince, properties.snoozed_since);
  if (!properties.traceparent.empty()) add_text(kTraceparent, properties.traceparent);
  for (const auto& [name, value] : properties.headers) {
    if (!is_own_header(name)) add_text(name, value);
  }

  encoded_ = {};
  encoded_._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG;
  encoded_.delivery_mode = kPersistent;
  encoded_.headers = {static_cast<int>(headers_.size()), headers_.data()};
  const auto set = [this](amqp_flags_t flag, amqp_bytes_t& field, std::string_view text) {
    if (text.empty()) return;
    encoded_._flags |= flag;
    field = bytes_of(short_text(text));
  };
  set(AMQP_BASIC_CONTENT_TYPE_FLAG, encoded_.content_type, kContentType);
  set(AMQP_BASIC_CORRELATION_ID_FLAG, encoded_.correlation_id, correlation);
  set(AMQP_BASIC_MESSAGE_ID_FLAG, encoded_.message_id, properties.message_id);
  set(AMQP_BASIC_TYPE_FLAG, encoded_.type, properties.type);
  if (properties.timestamp > 0) {
    encoded_._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
    encoded_.timestamp = static_cast<std::uint64_t>(properties.timestamp);
  }
  return encoded_;
}

void decode_properties(const amqp_basic_properties_t& from, Delivery& into) {
  const auto text = [&from](amqp_flags_t flag, const amqp_bytes_t& field) {
    return std::string((from._flags & flag) != 0 ? view(field) : std::string_view());
  };
  auto& properties = into.properties;
  properties.message_id = text(AMQP_BASIC_MESSAGE_ID_FLAG, from.message_id);
  properties.type = text(AMQP_BASIC_TYPE_FLAG, from.type);
  if ((from._flags & AMQP_BASIC_TIMESTAMP_FLAG) != 0) properties.timestamp = static_cast<std::int64_t>(from.timestamp);
  if ((from._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return;
  for (int at = 0; at < from.headers.num_entries; ++at) decode_header(from.headers.entries[at], into);
}

std::string_view correlation_id(const amqp_basic_properties_t& properties) {
  return (properties._flags & AMQP_BASIC_CORRELATION_ID_FLAG) != 0 ? view(properties.correlation_id)
                                                                   : std::string_view();
}

}  // namespace esteira::runtime::amqp
