#include "runtime/orders/envelope/envelope_reader.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "runtime/json/json_writer.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/text/parse_integer.hpp"
#include "runtime/text/utf8.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

// How many objects and arrays are open around a value.
constexpr std::size_t kInOrder = 1;
constexpr std::size_t kInItemsOrData = 2;
constexpr std::size_t kInItem = 3;

constexpr std::array<std::string_view, 6> kMemberNames{"order_id", "workflow", "customer_id", "items", "total", "data"};
constexpr std::array<std::string_view, 3> kItemMemberNames{"sku", "qty", "unit_price"};

/// A name from the message, fit for one line of an error text.
std::string shown(const std::string& name) {
  constexpr std::size_t kMax = 64;
  std::string escaped;
  json::append_json_string(escaped, name);
  return clean_utf8(std::string_view(escaped).substr(1, escaped.size() - 2), kMax);
}

template <class Name, std::size_t kCount>
Name name_of(const std::array<std::string_view, kCount>& names, std::string_view text) {
  return static_cast<Name>(std::ranges::find(names, text) - names.begin());
}

}  // namespace

Message EnvelopeReader::read() {
  json::check_json(body_, *this);
  if (!fault().empty() || !check_order()) throw MalformedEnvelope(fault());
  return std::move(message_);
}

bool EnvelopeReader::number(std::string_view digits) {
  if (!JsonCheck::number(digits)) return false;
  const auto whole = parse_integer<std::int64_t>(digits);
  return whole ? take({.kind = Kind::whole, .whole = *whole}) : take({Kind::other});
}

bool EnvelopeReader::key(std::string_view text) {
  if (!JsonCheck::key(text)) return false;
  if (depth() == kInOrder) {
    member_ = name_of<Member>(kMemberNames, text);
    seen_.set(member_);
  } else if (depth() == kInItemsOrData && member_ == kData) {
    stage_ = text;
  } else if (depth() == kInItem && member_ == kItems) {
    item_member_ = name_of<ItemMember>(kItemMemberNames, text);
    item_seen_.set(item_member_);
  }
  return true;
}

bool EnvelopeReader::end_object(std::size_t end) {
  JsonCheck::end_object(end);
  if (depth() != kInItemsOrData) return true;
  if (member_ == kItems) return check_item();
  if (member_ == kData)
    message_.data.insert_or_assign(stage_, std::string(body_.substr(data_begin_, end - data_begin_)));
  return true;
}

bool EnvelopeReader::take(const Value& value) {
  if (depth() == kInOrder) return take_member(value);
  if (depth() == kInItemsOrData) return take_part(value);
  if (depth() == kInItem && member_ == kItems) return take_item_member(value);
  return true;
}

bool EnvelopeReader::take_member(const Value& value) {
  switch (member_) {
    case kOrderId:
      return take_order_id(value);
    case kWorkflow:
      return take_text(value, "workflow", message_.workflow);
    case kCustomerId:
      return take_text(value, "customer_id", message_.customer_id);
    case kItems:
      message_.items.clear();
      return value.kind == Kind::list || stop("items: a list is missing");
    case kTotal:
      return take_money(value, "total", message_.total);
    case kData:
      message_.data.clear();
      return value.kind == Kind::object || value.kind == Kind::null || stop("data: not an object");
    case kUnknown:
      break;
  }
  return true;
}

/// An item, or the data of a stage.
bool EnvelopeReader::take_part(const Value& value) {
  if (member_ == kItems) {
    message_.items.emplace_back();
    item_seen_.reset();
    return value.kind == Kind::object || stop(path() + ": not an object");
  }
  data_begin_ = value.begin;
  return member_ != kData || value.kind == Kind::object || stop("data." + shown(stage_) + ": not an object");
}

bool EnvelopeReader::take_item_member(const Value& value) {
  auto& item = message_.items.back();
  switch (item_member_) {
    case kSku:
      return take_text(value, "sku", item.sku);
    case kQty:
      item.qty = value.whole;
      return (value.kind == Kind::whole && value.whole >= 1) || stop_at("qty", "not a whole number from 1");
    case kUnitPrice:
      return take_money(value, "unit_price", item.unit_price);
    case kUnknownOfItem:
      break;
  }
  return true;
}

bool EnvelopeReader::take_order_id(const Value& value) {
  if (value.kind != Kind::text) return stop("order_id: text is missing");
  auto id = canonical_uuid(value.text);
  if (!id) return stop("order_id: not a UUID");
  message_.order_id = *std::move(id);
  return true;
}

bool EnvelopeReader::take_text(const Value& value, const char* name, std::string& into) {
  if (value.kind != Kind::text) return stop_at(name, "text is missing");
  into = value.text;
  return true;
}

bool EnvelopeReader::take_money(const Value& value, const char* name, std::optional<Money>& into) {
  into = value.kind == Kind::text ? Money::parse(value.text) : std::nullopt;
  return into || value.kind == Kind::null || stop_at(name, "not an amount like \"12.50\"");
}

bool EnvelopeReader::check_order() {
  for (const auto name : {kOrderId, kWorkflow, kCustomerId}) {
    if (!seen_.test(name)) return stop(std::string(kMemberNames.at(name)) + ": text is missing");
  }
  return seen_.test(kItems) || stop("items: a list is missing");
}

bool EnvelopeReader::check_item() {
  if (!item_seen_.test(kQty)) return stop_at("qty", "not a whole number from 1");
  return item_seen_.test(kSku) || stop_at("sku", "text is missing");
}

bool EnvelopeReader::stop_at(std::string_view name, std::string_view fault) {
  auto where = depth() == kInOrder ? std::string() : path() + '.';
  return stop(where.append(name).append(": ").append(fault));
}

/// The path of the item that is being read.
std::string EnvelopeReader::path() const { return "items[" + std::to_string(message_.items.size() - 1) + ']'; }

}  // namespace esteira::runtime::orders
