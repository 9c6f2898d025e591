#pragma once
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <esteira/message.hpp>
#include <string>
#include <string_view>

#include "runtime/json/json_check.hpp"

namespace esteira::runtime::orders {

/// Fills a message while the parser goes over its body once. What a stage kept is not taken apart: its text is cut out
/// of the body as it stands there. Of a member that comes twice the last counts.
class EnvelopeReader final : public json::JsonCheck {
 public:
  /// `body` stays with the caller until `read` is done.
  EnvelopeReader(std::string_view body, std::size_t max_depth) : JsonCheck(max_depth), body_(body) {}

  /// The message, or throws MalformedEnvelope. Once.
  Message read();

  // As in JsonCheck.
  bool null() { return JsonCheck::null() && take({Kind::null}); }
  bool boolean() { return JsonCheck::boolean() && take({Kind::other}); }
  bool number(std::string_view digits);
  bool string(std::string_view text) { return JsonCheck::string(text) && take({Kind::text, text}); }
  bool start_object(std::size_t begin) { return take({Kind::object, {}, begin}) && JsonCheck::start_object(begin); }
  bool key(std::string_view text);
  bool end_object(std::size_t end);
  bool start_array() { return take({Kind::list}) && JsonCheck::start_array(); }

 private:
  enum class Kind { null, text, whole, object, list, other };
  struct Value {
    Kind kind = Kind::other;
    std::string_view text = {};  ///< with text
    std::size_t begin = 0;       ///< with object
    std::int64_t whole = 0;      ///< with whole
  };
  enum Member : std::size_t { kOrderId, kWorkflow, kCustomerId, kItems, kTotal, kData, kUnknown };
  enum ItemMember : std::size_t { kSku, kQty, kUnitPrice, kUnknownOfItem };

  bool take(const Value& value);
  bool take_member(const Value& value);
  bool take_part(const Value& value);
  bool take_item_member(const Value& value);
  bool take_order_id(const Value& value);
  bool take_text(const Value& value, const char* name, std::string& into);
  bool take_money(const Value& value, const char* name, std::optional<Money>& into);
  bool check_order();
  bool check_item();
  bool stop_at(std::string_view name, std::string_view fault);
  [[nodiscard]] std::string path() const;

  const std::string_view body_;
  Message message_;
  Member member_ = kUnknown;  ///< of the order, where the parser is
  std::bitset<kUnknown + 1> seen_;
  ItemMember item_member_ = kUnknownOfItem;  ///< of an item, where the parser is
  std::bitset<kUnknownOfItem + 1> item_seen_;
  std::string stage_;           ///< in data: whose object
  std::size_t kept_begin_ = 0;  ///< in data: where the object begins
};

}  // namespace esteira::runtime::orders
