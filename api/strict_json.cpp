#include "api/strict_json.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "runtime/text/utf8.hpp"

namespace esteira::api {

namespace {

using nlohmann::json;

/// Builds the tree from the parser's events, and rejects duplicate members and deep nesting, which the parser accepts.
class StrictReader final : public nlohmann::json_sax<json> {
 public:
  explicit StrictReader(std::size_t max_depth) : max_depth_(max_depth) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    auto& frame = frames_.back();
    const auto [member, is_new] = frame.value->get_ref<json::object_t&>().try_emplace(name);
    frame.key = std::move(name);
    frame.slot = &member->second;
    return is_new || reject("appears more than once");
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOutOfRange = 406;
    if (error.id == kNumberOutOfRange) return reject("is a number out of range");
    return reject("is not valid JSON at byte " + std::to_string(position));
  }

  std::variant<json, JsonFault> take() {
    if (fault_) return std::move(*fault_);
    return std::move(root_);
  }

 private:
  struct Frame {
    json* value;
    json* slot = nullptr;  ///< where the next value of an object goes
    std::string key;
  };

  json* place(json value) {
    if (frames_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    auto& frame = frames_.back();
    if (frame.value->is_array()) return &frame.value->get_ref<json::array_t&>().emplace_back(std::move(value));
    *frame.slot = std::move(value);
    return frame.slot;
  }

  template <class T>
  bool add(T&& value) {
    place(json(std::forward<T>(value)));
    return true;
  }

  bool open(json container) {
    if (frames_.size() == max_depth_) return reject("is nested deeper than " + std::to_string(max_depth_) + " levels");
    auto* const placed = place(std::move(container));
    frames_.push_back({placed, nullptr, {}});
    return true;
  }

  bool close() {
    frames_.pop_back();
    return true;
  }

  bool reject(std::string detail) {
    std::string pointer;
    for (const auto& frame : frames_) {
      if (frame.value->is_object() && frame.slot == nullptr) break;
      pointer += frame.value->is_array() ? array_step(frame) : pointer_step(frame.key);
    }
    fault_ = JsonFault{std::move(pointer), std::move(detail)};
    return false;
  }

  /// The index of the current element: a container is in the array already, a scalar is not yet.
  [[nodiscard]] std::string array_step(const Frame& frame) const {
    const bool inside = &frame != &frames_.back();
    return "/" + std::to_string(frame.value->size() - (inside ? 1 : 0));
  }

  std::size_t max_depth_;
  json root_;
  std::vector<Frame> frames_;
  std::optional<JsonFault> fault_;
};

}  // namespace

std::string pointer_step(std::string_view key) {
  constexpr std::size_t kMax = 64;
  std::string step = "/";
  for (const char c : runtime::clean_utf8(key, kMax)) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

std::variant<json, JsonFault> read_strict_json(std::string_view text, std::size_t max_depth) {
  if (text.empty()) return JsonFault{"", "is empty"};
  if (!runtime::is_utf8(text)) return JsonFault{"", "is not UTF-8"};
  // The parser would stop at a NUL byte and ignore the rest.
  if (text.find('\0') != std::string_view::npos) return JsonFault{"", "contains a NUL byte"};
  StrictReader reader(max_depth);
  json::sax_parse(text.begin(), text.end(), &reader);
  return reader.take();
}

}  // namespace esteira::api
