#include "runtime/plugin/compatibility.hpp"

#include <cstddef>
#include <cstdint>
#include <esteira/abi_text.hpp>
#include <esteira/names.hpp>
#include <esteira/setting_value.hpp>
#include <set>
#include <string>
#include <string_view>

namespace esteira::runtime {
namespace {

constexpr std::size_t kMaxSettings = 1000;
constexpr std::size_t kMaxKeys = 16;

/// What a descriptor of version 2.0 has.
constexpr std::size_t kMinDescriptorSize = offsetof(esteira_plugin_descriptor, destroy) + sizeof(void (*)(void*));
constexpr std::size_t kMinSettingSize = offsetof(esteira_setting, help) + sizeof(const char*);

std::string version_text(std::uint32_t abi_major, std::uint32_t abi_minor) {
  return std::to_string(abi_major) + "." + std::to_string(abi_minor);
}

std::string check_version(const esteira_plugin_descriptor& descriptor) {
  const auto host = version_text(ESTEIRA_ABI_MAJOR, ESTEIRA_ABI_MINOR);
  // Before 2.0 the place of abi_minor had another meaning.
  if (descriptor.abi_major != ESTEIRA_ABI_MAJOR)
    return "it was built for ABI version " + std::to_string(descriptor.abi_major) + ", this host has " + host +
           "; rebuild it with the SDK of this host";
  if (descriptor.abi_minor > ESTEIRA_ABI_MINOR)
    return "it was built for ABI version " + version_text(descriptor.abi_major, descriptor.abi_minor) +
           ", this host has " + host + "; upgrade the host, or rebuild the plugin with the SDK of this host";
  return {};
}

std::string check_head(const esteira_plugin_descriptor& descriptor) {
  if (descriptor.magic != ESTEIRA_ABI_MAGIC)
    return "its symbol " ESTEIRA_PLUGIN_SYMBOL " is not a descriptor; export it with the macro ESTEIRA_PLUGIN";
  if (auto problem = check_version(descriptor); !problem.empty()) return problem;
  if (descriptor.struct_size < kMinDescriptorSize)
    return "its descriptor has " + std::to_string(descriptor.struct_size) + " bytes instead of at least " +
           std::to_string(kMinDescriptorSize) + "; set struct_size to sizeof(struct esteira_plugin_descriptor)";
  return {};
}

// Where `may_be_empty`, empty text means "none".
bool is_valid_text(const char* text, bool (*rule)(std::string_view), bool may_be_empty) {
  if (text == nullptr) return false;
  return *text == '\0' ? may_be_empty : rule(text);
}

std::string check_consumes(const char* const* keys) {
  const char* const remedy = "; give .consumes as one key, [a-z0-9._-]+ with at most 200 characters, or several";
  if (keys == nullptr || *keys == nullptr) return std::string("it consumes no routing key") + remedy;
  std::set<std::string_view> known;
  for (; *keys != nullptr; ++keys) {
    if (!names::is_routing_key(*keys)) return std::string("a routing key it consumes is not allowed") + remedy;
    if (!known.insert(*keys).second) return "it consumes " + std::string(*keys) + " twice; remove one";
    if (known.size() > kMaxKeys) return "it consumes more than " + std::to_string(kMaxKeys) + " routing keys" + remedy;
  }
  return {};
}

std::string check_names(const esteira_plugin_descriptor& descriptor) {
  if (!is_valid_text(descriptor.name, names::is_name, false))
    return "its name is not allowed; give .name as [a-z][a-z0-9_-]*, at most 40 characters";
  if (descriptor.version == nullptr) return "it has no version; give .version in ESTEIRA_PLUGIN";
  if (auto problem = check_consumes(descriptor.consumes); !problem.empty()) return problem;
  if (!is_valid_text(descriptor.publishes, names::is_routing_key, true))
    return "the routing key it publishes is not allowed; give .publishes as [a-z0-9._-]+, or leave it empty";
  if (!is_valid_text(descriptor.refused, names::is_routing_key, true))
    return "the routing key of its refused event is not allowed; give .refused as [a-z0-9._-]+, or leave it empty";
  if (!is_valid_text(descriptor.status, names::is_status, true))
    return "its status is not one that a stage may set; give .status as processing, paid, shipped or completed, or "
           "leave it empty";
  if (descriptor.create == nullptr || descriptor.handle == nullptr || descriptor.destroy == nullptr)
    return "it has no create, handle or destroy function; export the descriptor with the macro ESTEIRA_PLUGIN";
  return {};
}

std::string check_settings(const esteira_plugin_descriptor& descriptor) {
  const bool has_list = descriptor.settings != nullptr && descriptor.setting_size >= kMinSettingSize;
  if (descriptor.settings_count > kMaxSettings || (descriptor.settings_count > 0 && !has_list))
    return "its list of settings is invalid; export the descriptor with the macro ESTEIRA_PLUGIN";
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < descriptor.settings_count; ++i) {
    const auto& setting = abi::element(descriptor.settings, i, descriptor.setting_size);
    if (!is_valid_text(setting.key, names::is_setting_key, false))
      return "a setting's key is not allowed; give it as [A-Z][A-Z0-9_]*, at most 60 characters";
    const std::string key = setting.key;
    if (!keys.insert(setting.key).second) return "it declares the setting " + key + " twice; remove one";
    const auto type = static_cast<SettingType>(setting.type);
    if (setting.type < 0 || setting.type > static_cast<int>(SettingType::list))
      return "its setting " + key + " has an unknown type; use one of esteira::SettingType";
    if (setting.default_value != nullptr && !::esteira::read_setting(type, setting.default_value))
      return "the default of its setting " + key + " has the wrong form; it should be " +
             std::string(setting_form(type));
  }
  return {};
}

}  // namespace

std::string check_compatibility(const esteira_plugin_descriptor& descriptor) {
  auto problem = check_head(descriptor);
  if (problem.empty()) problem = check_names(descriptor);
  if (problem.empty()) problem = check_settings(descriptor);
  return problem;
}

}  // namespace esteira::runtime
