#pragma once
#include <esteira/abi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <esteira/build_tag.hpp>
#include <esteira/names.hpp>
#include <esteira/setting_value.hpp>
#include <esteira/settings.hpp>
#include <esteira/stage.hpp>
#include <initializer_list>
#include <string_view>
#include <type_traits>

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

/// The arguments of ESTEIRA_PLUGIN. The strings are literals.
struct PluginInfo {
  const char* name;            ///< default name of the stage: [a-z][a-z0-9_-]*
  const char* version;         ///< shown to people: "1.0.0"
  const char* consumes;        ///< routing key of its input
  const char* publishes = "";  ///< routing key of its output; empty: it publishes nothing
  const char* status = "";     ///< status after this stage: processing, paid, shipped or completed; empty: unchanged
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

/// Creates and destroys a plugin's stage behind the C boundary. A class without a constructor from Settings is
/// default-constructed.
template <class T>
struct Factory {
  static constexpr bool kIsAsync = std::is_base_of_v<AsyncStage, T>;
  static_assert(kIsAsync != std::is_base_of_v<Stage, T>,
                "a plugin's class must derive from either Stage or AsyncStage");
  using Base = std::conditional_t<kIsAsync, AsyncStage, Stage>;

  static void* create(const void* settings) {
    Base* stage = nullptr;
    if constexpr (std::is_constructible_v<T, const Settings&>) {
      stage = new T(*static_cast<const Settings*>(settings));
    } else {
      stage = new T();
    }
    return stage;
  }
  static void destroy(void* stage) { delete static_cast<Base*>(stage); }
};

template <class T>
constexpr esteira_plugin_descriptor describe(const PluginInfo& info, const SettingArray& settings) {
  return {.magic = ESTEIRA_ABI_MAGIC,
          .struct_size = sizeof(esteira_plugin_descriptor),
          .abi_version = ESTEIRA_ABI_VERSION,
          .is_async = Factory<T>::kIsAsync ? 1U : 0U,
          .build_tag = kBuildTag,
          .name = info.name,
          .version = info.version,
          .consumes = info.consumes,
          .publishes = info.publishes,
          .status = info.status,
          .settings = settings.data(),
          .settings_count = info.settings.size(),
          .create = &Factory<T>::create,
          .destroy = &Factory<T>::destroy};
}

}  // namespace abi
}  // namespace esteira

/// Exports the descriptor of a plugin: ESTEIRA_PLUGIN(Class, {.name = ..., .version = ..., .consumes = ..., ...}). Use
/// it once in a library, outside of every namespace. Class derives from Stage or AsyncStage. It has a constructor from
/// `const esteira::Settings&`, or a default constructor.
#define ESTEIRA_PLUGIN(Class, ...)                                                                                 \
  namespace {                                                                                                      \
  constexpr ::esteira::PluginInfo kEsteiraInfo __VA_ARGS__;                                                        \
  constexpr ::esteira::abi::SettingArray kEsteiraSettings = ::esteira::abi::setting_array(kEsteiraInfo.settings);  \
  static_assert(::esteira::names::is_name(kEsteiraInfo.name), "name: [a-z][a-z0-9_-]*, at most 40 characters");    \
  static_assert(::esteira::names::is_routing_key(kEsteiraInfo.consumes), "consumes: a routing key, [a-z0-9._-]+"); \
  static_assert(!*kEsteiraInfo.publishes || ::esteira::names::is_routing_key(kEsteiraInfo.publishes),              \
                "publishes: a routing key, [a-z0-9._-]+, or empty");                                               \
  static_assert(!*kEsteiraInfo.status || ::esteira::names::is_status(kEsteiraInfo.status),                         \
                "status: processing, paid, shipped, completed, or empty");                                         \
  static_assert(::esteira::abi::has_good_settings(kEsteiraInfo.settings),                                          \
                "settings: each its own upper-case key, a default of its type, a line of help");                   \
  }                                                                                                                \
  extern "C" {                                                                                                     \
  extern __attribute__((visibility("default"))) const ::esteira_plugin_descriptor esteira_plugin;                  \
  constinit const ::esteira_plugin_descriptor esteira_plugin =                                                     \
      ::esteira::abi::describe<Class>(kEsteiraInfo, kEsteiraSettings);                                             \
  }                                                                                                                \
  static_assert(true, "requires a semicolon")
