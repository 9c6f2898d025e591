#pragma once
#include <rapidjson/reader.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/json/shrink_numbers.hpp"

namespace esteira::runtime::json {

/// Passes RapidJSON's events to a check, with the position in the text of each object. Numbers are passed as they are
/// in `text`; what RapidJSON reads is a copy of it, with numbers that it accepts.
template <class Check>
class JsonEvents : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, JsonEvents<Check>> {
 public:
  using Size = rapidjson::SizeType;
  JsonEvents(Check& check, rapidjson::InsituStringStream& stream, std::string_view text, const char* copy)
      : check_(check), stream_(stream), text_(text), copy_(copy) {}

  // NOLINTBEGIN(readability-identifier-naming): the library calls these.
  bool Null() { return check_.null(); }
  bool Bool(bool /*truth*/) { return check_.boolean(); }
  bool RawNumber(const char* number, Size size, bool /*copy*/) {
    return check_.number(text_.substr(static_cast<std::size_t>(number - copy_), size));
  }
  bool String(const char* text, Size size, bool /*copy*/) { return check_.string({text, size}); }
  bool Key(const char* text, Size size, bool /*copy*/) { return check_.key({text, size}); }
  bool StartObject() { return check_.start_object(stream_.Tell() - 1); }
  bool EndObject(Size /*members*/) { return check_.end_object(stream_.Tell()); }
  bool StartArray() { return check_.start_array(); }
  bool EndArray(Size /*elements*/) { return check_.end_array(); }
  // NOLINTEND(readability-identifier-naming)

 private:
  Check& check_;
  rapidjson::InsituStringStream& stream_;
  const std::string_view text_;
  const char* const copy_;
};

/// Parses `text` and passes its values to `check`, one after the other, until `check` returns false. Returns true when
/// the whole text is JSON and was passed; else `stopped_at` is the position where parsing stopped. Strings are
/// unescaped in place in a copy, and no other memory is needed.
template <class Check>
bool read_json(std::string_view text, Check& check, std::size_t& stopped_at) {
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
  std::string copy(text);
  shrink_numbers(copy);
  rapidjson::InsituStringStream stream(copy.data());
  JsonEvents<Check> events(check, stream, text, copy.data());
  rapidjson::Reader reader;
  const bool is_read = !reader.Parse<kFlags>(stream, events).IsError();
  stopped_at = stream.Tell();
  return is_read && stopped_at == text.size();  // RapidJSON takes a NUL for the end
}

}  // namespace esteira::runtime::json
