#pragma once
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <esteira/message.hpp>
#include <string>
#include <string_view>

#include "runtime/orders/json_check.hpp"

namespace esteira::runtime::orders {

/// Fills a message while the parser goes over its body once. What a stage kept is not taken apart: its text is cut out
/// of the body as it stands there. Of a member that comes twice the last counts.
class EnvelopeReader final : public JsonCheck {
 public:
  /// `body` stays with the caller until `read` is done.
  EnvelopeReader(std::string_view body, std::size_t max_depth) : JsonCheck(max_depth), body_(body) {}

  /// The message, or throws MalformedEnvelope. Once.
  Message read();

  bool null() override { return JsonCheck::null() && take({Kind::null}); }
  bool boolean(bool truth) override { return JsonCheck::boolean(truth) && take({Kind::other}); }
  bool number_integer(std::int64_t number) override;
  bool number_unsigned(std::uint64_t number) override;
  bool number_float(double number, const std::string& token) override;
  bool string(std::string& text) override { return JsonCheck::string(text) && take({Kind::text, &text}); }
  bool key(std::string& text) override;
  bool start_object(std::size_t size) override { return take({Kind::object}) && JsonCheck::start_object(size); }
  bool end_object() override;
  bool start_array(std::size_t size) override { return take({Kind::list}) && JsonCheck::start_array(size); }

 private:
  enum class Kind { null, text, whole, object, list, other };
  struct Value {
    Kind kind = Kind::other;
    const std::string* text = nullptr;  ///< with text
    std::int64_t whole = 0;             ///< with whole
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
  const char* at_ = nullptr;  ///< how far the parser has come
  Message message_;
  Member member_ = kUnknown;  ///< of the order, where the parser is
  std::bitset<kUnknown + 1> seen_;
  ItemMember item_member_ = kUnknownOfItem;  ///< of an item, where the parser is
  std::bitset<kUnknownOfItem + 1> item_seen_;
  std::string stage_;                 ///< in data: whose object
  const char* kept_begin_ = nullptr;  ///< in data: where the object begins
};

}  // namespace esteira::runtime::orders
