#pragma once
#include <esteira/abi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <esteira/names.hpp>
#include <esteira/plugin_entry.hpp>
#include <esteira/setting_value.hpp>
#include <esteira/settings.hpp>
#include <esteira/stage.hpp>
#include <initializer_list>
#include <string_view>

namespace esteira {

/// The settings that a plugin declares: at most 32, with different keys.
class SettingList {
 public:
  static constexpr std::size_t kMax = 32;

  constexpr SettingList() = default;
  constexpr SettingList(
      std::initializer_list<SettingSpec> specs) {  // NOLINT: implicit on purpose, to be written as a list
    for (const auto& spec : specs) specs_.at(count_++) = spec;
  }

  [[nodiscard]] constexpr const SettingSpec* begin() const { return specs_.data(); }
  [[nodiscard]] constexpr const SettingSpec* end() const { return specs_.data() + count_; }
  [[nodiscard]] constexpr std::size_t size() const { return count_; }

 private:
  std::array<SettingSpec, kMax> specs_{};
  std::size_t count_ = 0;
};

/// The routing keys that a stage consumes: one, or a list of at most 16.
class KeyList {
 public:
  static constexpr std::size_t kMax = 16;

  constexpr KeyList() = default;
  constexpr KeyList(const char* key) : keys_{key} {}            // NOLINT: implicit on purpose, to be written as a text
  constexpr KeyList(std::initializer_list<const char*> keys) {  // NOLINT: implicit on purpose, to be written as a list
    std::size_t count = 0;
    for (const auto* key : keys) keys_.at(count++) = key;
  }

  /// Ended by a null pointer.
  [[nodiscard]] constexpr const char* const* data() const { return keys_.data(); }

 private:
  std::array<const char*, kMax + 1> keys_{};
};

/// The arguments of ESTEIRA_PLUGIN. The strings are literals.
struct PluginInfo {
  const char* name;     ///< default name of the stage: [a-z][a-z0-9_-]*
  const char* version;  ///< shown to people: "1.0.0"
  KeyList consumes;     ///< routing key of its input, or a list of several: {"shipment.refused", "order.cancelled"}
  const char* publishes = "";  ///< routing key of its output; empty: it publishes nothing
  /// Routing key of the event that follows Outcome::fail; empty: the message goes to the dead-letter queue.
  const char* refused = "";
  const char* status = "";  ///< status after this stage: processing, paid, shipped or completed; empty: unchanged
  SettingList settings = {};
};

namespace abi {

using SettingArray = std::array<esteira_setting, SettingList::kMax>;

constexpr bool has_good_settings(const SettingList& settings) {
  for (const auto& spec : settings) {
    if (!names::is_setting_key(spec.key) || spec.help == nullptr) return false;
    if (spec.default_value != nullptr && !fits_setting(spec.type, spec.default_value)) return false;
    for (const auto* other = settings.begin(); other != &spec; ++other)
      if (std::string_view(other->key) == spec.key) return false;
  }
  return true;
}

constexpr SettingArray setting_array(const SettingList& settings) {
  SettingArray array{};
  std::size_t index = 0;
  for (const auto& spec : settings)
    array.at(index++) = {spec.key, static_cast<std::int32_t>(spec.type), spec.default_value, spec.help};
  return array;
}

/// At least one, each allowed, none twice.
constexpr bool has_good_keys(const KeyList& list) {
  const auto* const keys = list.data();
  for (const auto* key = keys; *key != nullptr; ++key) {
    if (!names::is_routing_key(*key)) return false;
    for (const auto* other = keys; other != key; ++other)
      if (std::string_view(*other) == *key) return false;
  }
  return *keys != nullptr;
}

template <class T>
constexpr esteira_plugin_descriptor describe(const PluginInfo& info, const SettingArray& settings) {
  esteira_plugin_descriptor descriptor{};
  descriptor.magic = ESTEIRA_ABI_MAGIC;
  descriptor.struct_size = sizeof(esteira_plugin_descriptor);
  descriptor.abi_major = ESTEIRA_ABI_MAJOR;
  descriptor.abi_minor = ESTEIRA_ABI_MINOR;
  descriptor.name = info.name;
  descriptor.version = info.version;
  descriptor.consumes = info.consumes.data();
  descriptor.publishes = info.publishes;
  descriptor.refused = info.refused;
  descriptor.status = info.status;
  descriptor.settings = settings.data();
  descriptor.settings_count = info.settings.size();
  descriptor.setting_size = sizeof(esteira_setting);
  descriptor.is_async = Entry<T>::kIsAsync ? 1 : 0;
  descriptor.create = &Entry<T>::create;
  descriptor.handle = &Entry<T>::handle;
  descriptor.destroy = &Entry<T>::destroy;
  return descriptor;
}

}  // namespace abi
}  // namespace esteira

/// Exports the descriptor of a plugin: ESTEIRA_PLUGIN(Class, {.name = ..., .version = ..., .consumes = ..., ...}). Use
/// it once in a library, outside of every namespace. Class derives from Stage or AsyncStage. It has a constructor from
/// `const esteira::Settings&`, or a default constructor.
#define ESTEIRA_PLUGIN(Class, ...)                                                                                \
  namespace {                                                                                                     \
  constexpr ::esteira::PluginInfo kEsteiraInfo __VA_ARGS__;                                                       \
  constexpr ::esteira::abi::SettingArray kEsteiraSettings = ::esteira::abi::setting_array(kEsteiraInfo.settings); \
  static_assert(::esteira::names::is_name(kEsteiraInfo.name), "name: [a-z][a-z0-9_-]*, at most 40 characters");   \
  static_assert(::esteira::abi::has_good_keys(kEsteiraInfo.consumes),                                             \
                "consumes: one routing key or several different ones, [a-z0-9._-]+");                             \
  static_assert(!*kEsteiraInfo.publishes || ::esteira::names::is_routing_key(kEsteiraInfo.publishes),             \
                "publishes: a routing key, [a-z0-9._-]+, or empty");                                              \
  static_assert(!*kEsteiraInfo.refused || ::esteira::names::is_routing_key(kEsteiraInfo.refused),                 \
                "refused: a routing key, [a-z0-9._-]+, or empty");                                                \
  static_assert(!*kEsteiraInfo.status || ::esteira::names::is_status(kEsteiraInfo.status),                        \
                "status: processing, paid, shipped, completed, or empty");                                        \
  static_assert(::esteira::abi::has_good_settings(kEsteiraInfo.settings),                                         \
                "settings: each its own upper-case key, a default of its type, a line of help");                  \
  }                                                                                                               \
  constexpr ::esteira_plugin_descriptor esteira_plugin =                                                          \
      ::esteira::abi::describe<Class>(kEsteiraInfo, kEsteiraSettings);                                            \
  static_assert(true, "requires a semicolon")
