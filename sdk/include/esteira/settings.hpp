#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace esteira {

/// The types of settings, and how the environment spells their values.
enum class SettingType : int {
  text = 0,      ///< any UTF-8 text
  integer = 1,   ///< a whole number: "8"
  boolean = 2,   ///< "true" or "false"
  duration = 3,  ///< "250ms", "2s", "5m", "1h"
  list = 4,      ///< "a,b,c"; empty for none
};

/// One setting that a plugin declares. The host reads it from the environment variable `<STAGE>_<KEY>`. The strings
/// are literals.
struct SettingSpec {
  const char* key;  ///< upper case: "DELAY"
  SettingType type;
  const char* default_value;  ///< spelled as in the environment; nullptr: the setting is required
  const char* help;           ///< one line
};

/// The values of a plugin's settings, checked against their declarations. A key or type that the plugin did not declare
/// throws std::logic_error. Thread-safe to read.
class Settings {
 public:
  using Value = std::variant<std::string, std::int64_t, bool, std::chrono::milliseconds, std::vector<std::string>>;

  Settings() = default;
  explicit Settings(std::map<std::string, Value, std::less<>> values) : values_(std::move(values)) {}

  [[nodiscard]] const std::string& text(std::string_view key) const { return get<std::string>(key); }
  [[nodiscard]] std::int64_t integer(std::string_view key) const { return get<std::int64_t>(key); }
  [[nodiscard]] bool boolean(std::string_view key) const { return get<bool>(key); }
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view key) const {
    return get<std::chrono::milliseconds>(key);
  }
  [[nodiscard]] const std::vector<std::string>& list(std::string_view key) const {
    return get<std::vector<std::string>>(key);
  }

 private:
  template <class T>
  const T& get(std::string_view key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) throw std::logic_error("the plugin declares no setting " + std::string(key));
    if (const auto* value = std::get_if<T>(&found->second)) return *value;
    throw std::logic_error("the plugin declares setting " + std::string(key) + " with another type");
  }

  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace esteira
