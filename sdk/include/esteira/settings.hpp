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

/// The types a plugin's setting can have, as the environment spells them.
enum class SettingType : int {
  text = 0,      ///< any UTF-8 text
  integer = 1,   ///< a whole number: "8"
  boolean = 2,   ///< "true" or "false"
  duration = 3,  ///< "250ms", "2s", "5m", "1h"
  list = 4,      ///< "a,b,c"; empty for none
};

/// One setting as a plugin declares it; read from the environment as <STAGE>_<KEY>. Strings are literals.
struct SettingSpec {
  const char* key;  ///< upper case: "DELAY"
  SettingType type;
  const char* default_value;  ///< spelled as in the environment; nullptr makes the setting required
  const char* help;           ///< one line
};

/// A plugin's settings, already checked against what it declared. Asking for a key or type that was not declared is a
/// mistake of the plugin and throws std::logic_error.
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
    if (found == values_.end()) throw std::logic_error("no setting " + std::string(key) + " was declared");
    if (const auto* value = std::get_if<T>(&found->second)) return *value;
    throw std::logic_error("setting " + std::string(key) + " was declared with another type");
  }

  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace esteira
