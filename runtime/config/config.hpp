#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace esteira::runtime {

using Environment = std::map<std::string, std::string, std::less<>>;

/// The environment of this process, as it is now.
Environment process_environment();

/// A setting that is missing, unknown or wrong. what() is one line that names it and says what it should be; it never
/// holds the value of a secret. A control character, which only a wrong name or value can bring, is shown as '?'.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::string text) : std::runtime_error(as_one_line(std::move(text))) {}

 private:
  static std::string as_one_line(std::string text) {
    for (auto& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return text;
  }
};

/// An address to listen on. "0.0.0.0:8080", "127.0.0.1:0" (any free port), "[::]:8080".
struct Address {
  std::string host;
  std::uint16_t port = 0;
  static Address parse(std::string_view text);  ///< throws std::invalid_argument with one line
  friend bool operator==(const Address&, const Address&) = default;
};

enum class SettingKind {
  text,         ///< any UTF-8 without control characters
  name,         ///< [a-z][a-z0-9_-]*, at most 40 characters
  routing_key,  ///< [a-z0-9._-]+, at most 200 characters
  integer,      ///< between min and max
  duration,     ///< "250ms", "2s", "5m", "1h", "1d"; min and max in milliseconds
  durations,    ///< "1s,5s,25s"; empty for none
  address,      ///< see Address
  choice,       ///< one of `choices`, separated by '|'
  url,          ///< checked by whoever connects; may hold a password, so never shown
  secrets,      ///< a comma-separated list; never shown
};

/// Which programs read a setting; a set.
enum Program : unsigned { kApi = 1, kHost = 2, kCli = 4, kAll = 7 };

struct Setting {
  std::string_view name;
  SettingKind kind;
  std::string_view default_value;  ///< as the environment spells it; what counts as unset when empty
  unsigned programs;               ///< read by
  unsigned required;               ///< programs that refuse to start without it
  std::string_view help;           ///< one line
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::string_view choices = {};
};

/// Every setting of every program, in the order of `--help`.
std::span<const Setting> setting_catalogue();

/// The settings of one program, read once and checked. Values keep until the object goes; reading is thread-safe.
class Config {
 public:
  /// Throws ConfigError for the first value that does not fit, for a required one that is missing, and for an
  /// ESTEIRA_* variable that no program knows (a near name is suggested).
  Config(Program program, const Environment& environment);

  /// True when the setting was given or has a default.
  [[nodiscard]] bool has(std::string_view name) const;

  // Asking for a name or kind that the catalogue does not have throws std::logic_error.
  [[nodiscard]] const std::string& text(
      std::string_view name) const;  ///< text, name, routing_key, choice, url; "" unset
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view name) const;
  [[nodiscard]] const std::vector<std::chrono::milliseconds>& durations(std::string_view name) const;
  [[nodiscard]] const Address& address(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& secrets(std::string_view name) const;

 private:
  using Value = std::variant<std::string, std::int64_t, std::chrono::milliseconds,
                             std::vector<std::chrono::milliseconds>, Address, std::vector<std::string>>;
  template <class T>
  const T& get(std::string_view name) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// "250ms", "2s", "5m", "1h", "1d" to milliseconds. Throws std::invalid_argument with one line.
std::chrono::milliseconds parse_duration(std::string_view text);

/// The settings of a program as `--help` prints them: name, default, help, a line each.
std::string describe_settings(Program program);

}  // namespace esteira::runtime
