#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/text/ascii.hpp"

namespace esteira::runtime {

using Environment = std::map<std::string, std::string, std::less<>>;

/// A copy of the environment of this process, without the variables that systemd sets for its own protocols.
Environment process_environment();

/// A setting is missing, unknown or invalid. what() is one line: it names the setting and says what it should be. It
/// never contains the value, which may be a secret. Control characters of an unknown name are shown as '?'.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::string_view text) : std::runtime_error(replace_controls(text, '?')) {}
};

/// An address to listen on: "0.0.0.0:8080", "127.0.0.1:0" (port 0: any free port), "[::]:8080".
struct Address {
  std::string host;
  std::uint16_t port = 0;
  /// Throws std::invalid_argument with one line that describes a valid address.
  static Address parse(std::string_view text);
  friend bool operator==(const Address&, const Address&) = default;
};

enum class SettingKind {
  text,           ///< UTF-8 without control characters
  name,           ///< [a-z][a-z0-9_-]*, at most 40 characters
  routing_key,    ///< [a-z0-9._-]+, at most 200 characters
  routing_keys,   ///< one to kMaxRoutingKeys of them, separated by commas, none twice
  names,          ///< one to kMaxWorkflows names, separated by commas, none twice
  workflows,      ///< one to kMaxWorkflows of NAME=ROUTING_KEY, separated by commas, no name twice
  integer,        ///< between min and max
  duration,       ///< "250ms", "2s", "5m", "1h", "1d"; min and max in milliseconds
  durations,      ///< "1s,5s,25s", at most 32; "none" or empty for an empty list
  address,        ///< see Address
  choice,         ///< one of `choices`, separated by '|'
  url,            ///< UTF-8 without control characters; the code that connects parses it. It may contain a password
  secrets,        ///< a comma-separated list of visible ASCII
  named_secrets,  ///< a comma-separated list of NAME:SECRET; NAME as in `name`, SECRET of visible ASCII
  certificates,   ///< the path of a readable file with certificates in PEM
  origins,        ///< a comma-separated list of web origins (RFC 6454) as browsers write them, or "*"
};

inline constexpr std::size_t kMaxRoutingKeys = 16;
inline constexpr std::size_t kMaxWorkflows = 32;

/// The value of a setting, by its kind.
using SettingValue = std::variant<std::string, std::int64_t, std::chrono::milliseconds,
                                  std::vector<std::chrono::milliseconds>, Address, std::vector<std::string>>;

/// A set of programs.
enum Program : unsigned { kApi = 1, kHost = 2, kCli = 4, kAll = 7 };

struct Setting {
  std::string_view name;
  SettingKind kind;
  std::string_view default_value;  ///< as in the environment; empty: no default
  unsigned programs;               ///< programs that read it
  unsigned required;               ///< programs that do not start without it
  std::string_view help;           ///< one line for `--help`, with the unit
  std::int64_t min = 0;            ///< of an integer, or of a duration in milliseconds
  std::int64_t max = 0;
  std::string_view choices = {};      ///< separated by '|'
  std::string_view former_name = {};  ///< a name to warn about: it is refused with a hint at the present one
};

/// All settings of all programs, in the order of `--help`. Checks, defaults and help are made from it.
std::span<const Setting> setting_catalogue();

/// Whether values of this kind may contain a secret. A setting NAME of such a kind can be given in a file as well,
/// whose path is in the variable NAME_FILE.
bool is_secret(SettingKind kind);
/// The variable with the path of the file that contains the value of a secret setting: NAME_FILE.
std::string file_variable(std::string_view name);
/// Whether a variable belongs to a setting of the catalogue: it is NAME, or NAME_FILE of a secret one.
bool is_setting_variable(std::string_view variable);

/// The settings of one program, read from the environment and checked by the constructor. Immutable, so reading is
/// thread-safe. A returned reference is valid as long as the object.
class Config {
 public:
  /// Throws ConfigError for an ESTEIRA_* variable that is no program's setting (it suggests the closest name), for an
  /// invalid value, for a required setting that is missing, and for a secret setting that is given twice, or in a file
  /// that cannot be used. Settings of other programs are not checked.
  Config(Program program, const Environment& environment);

  /// Whether the setting is set or has a default. An empty variable counts as not set.
  [[nodiscard]] bool has(std::string_view name) const;

  // These return the value, or an empty value when there is none. A name that is not in the catalogue, or that is of
  // another kind, throws std::logic_error.
  /// For the kinds text, name, routing_key, choice, url and certificates.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  /// For the kinds routing_keys, names and workflows; of the latter each entry is NAME=ROUTING_KEY.
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view name) const;
  [[nodiscard]] const std::vector<std::chrono::milliseconds>& durations(std::string_view name) const;
  [[nodiscard]] const Address& address(std::string_view name) const;
  /// For the kinds secrets and named_secrets; of the latter each entry is NAME:SECRET.
  [[nodiscard]] const std::vector<std::string>& secrets(std::string_view name) const;
  /// Whether the value was read from a file (NAME_FILE).
  [[nodiscard]] bool is_from_file(std::string_view name) const { return files_.contains(name); }
  /// As `secrets`, but the file of a value that was read from one is read again. Throws ConfigError.
  [[nodiscard]] std::vector<std::string> secrets_now(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& origins(std::string_view name) const;

 private:
  template <class T>
  const T& get(std::string_view name) const;
  std::map<std::string, SettingValue, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> files_;  ///< paths, by the name of the setting
};

/// Parses "250ms", "2s", "5m", "1h" or "1d". Throws std::invalid_argument with one line that describes a valid
/// duration.
std::chrono::milliseconds parse_duration(std::string_view text);
/// The shortest text that `parse_duration` reads as `duration`: "90s", "2m".
std::string format_duration(std::chrono::milliseconds duration);

/// The settings of a program for `--help`: one line each with name, help text, choices or limits, and default.
std::string describe_settings(Program program);

}  // namespace esteira::runtime
