#pragma once
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <esteira/message.hpp>
#include <string>
#include <string_view>

#include "runtime/json/json_check.hpp"

namespace esteira::runtime::orders {

/// Fills a message in one pass of the parser. The data of a stage is not taken apart: its text is copied from the body
/// unchanged. Of two members with the same name the last counts.
class EnvelopeReader final : public json::JsonCheck {
 public:
  /// The caller keeps `body` alive until `read` returns.
  EnvelopeReader(std::string_view body, std::size_t max_depth) : JsonCheck(max_depth), body_(body) {}

  /// Returns the message, or throws MalformedEnvelope. To be called once.
  Message read();

  // The parser calls these; see JsonCheck.
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
  Member member_ = kUnknown;  ///< the member of the order that is being read
  std::bitset<kUnknown + 1> seen_;
  ItemMember item_member_ = kUnknownOfItem;  ///< the member of an item that is being read
  std::bitset<kUnknownOfItem + 1> item_seen_;
  std::string stage_;           ///< in data: the stage whose object is being read
  std::size_t data_begin_ = 0;  ///< in data: where its object begins
};

}  // namespace esteira::runtime::orders
