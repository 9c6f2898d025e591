#include "runtime/plugin/compatibility.hpp"

#include <esteira/build_tag.hpp>
#include <esteira/names.hpp>
#include <esteira/setting_value.hpp>
#include <set>
#include <string_view>

namespace esteira::runtime {
namespace {

constexpr std::size_t kMaxSettings = 1000;

std::string head_misfit(const esteira_plugin_descriptor& descriptor) {
  if (descriptor.magic != ESTEIRA_ABI_MAGIC)
    return "its symbol " ESTEIRA_PLUGIN_SYMBOL " is not a descriptor; use the macro ESTEIRA_PLUGIN to export it";
  // A later version may be larger, so that its number says more than its size.
  if (descriptor.abi_version != ESTEIRA_ABI_VERSION)
    return "it was built for ABI version " + std::to_string(descriptor.abi_version) + ", this host has " +
           std::to_string(ESTEIRA_ABI_VERSION) + "; build it again with the SDK of this host";
  if (descriptor.struct_size != sizeof(esteira_plugin_descriptor))
    return "its descriptor has " + std::to_string(descriptor.struct_size) + " bytes instead of " +
           std::to_string(sizeof(esteira_plugin_descriptor)) +
           "; build it again with the SDK of this host, with esteira/abi.h as it is";
  return {};
}

std::string build_misfit(const char* tag) {
  if (tag == nullptr) return "it does not say how it was built; use the macro ESTEIRA_PLUGIN";
  if (std::string_view(tag) == abi::kBuildTag) return {};
  return "it was built with \"" + std::string(tag) + "\", this host with \"" + abi::kBuildTag +
         "\"; build it again with the host's compiler and C++ standard";
}

// Empty text stands for "none" where that is allowed.
bool is_good_text(const char* text, bool (*rule)(std::string_view), bool may_be_empty) {
  if (text == nullptr) return false;
  return *text == '\0' ? may_be_empty : rule(text);
}

std::string names_misfit(const esteira_plugin_descriptor& descriptor) {
  if (!is_good_text(descriptor.name, names::is_name, false))
    return "its name is not allowed; give .name as [a-z][a-z0-9_-]*, at most 40 characters";
  if (descriptor.version == nullptr) return "it has no version; give .version in ESTEIRA_PLUGIN";
  if (!is_good_text(descriptor.consumes, names::is_routing_key, false))
    return "the routing key it consumes is not allowed; give .consumes as [a-z0-9._-]+, at most 200 characters";
  if (!is_good_text(descriptor.publishes, names::is_routing_key, true))
    return "the routing key it publishes is not allowed; give .publishes as [a-z0-9._-]+, or leave it empty";
  if (!is_good_text(descriptor.status, names::is_status, true))
    return "its status is not one that a stage can give; give .status as processing, paid, shipped or completed, or "
           "leave it empty";
  if (descriptor.create == nullptr || descriptor.destroy == nullptr)
    return "it has no way to make its stage; use the macro ESTEIRA_PLUGIN";
  return {};
}

std::string settings_misfit(const esteira_plugin_descriptor& descriptor) {
  if (descriptor.settings_count > kMaxSettings || (descriptor.settings_count > 0 && descriptor.settings == nullptr))
    return "its list of settings cannot be read; use the macro ESTEIRA_PLUGIN";
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < descriptor.settings_count; ++i) {
    const auto& setting = descriptor.settings[i];
    if (!is_good_text(setting.key, names::is_setting_key, false))
      return "a setting's key is not allowed; give it as [A-Z][A-Z0-9_]*, at most 60 characters";
    const std::string key = setting.key;
    if (!keys.insert(setting.key).second) return "it declares the setting " + key + " twice; leave one out";
    const auto type = static_cast<SettingType>(setting.type);
    if (setting.type < 0 || setting.type > static_cast<int>(SettingType::list))
      return "its setting " + key + " is of an unknown type; use one of esteira::SettingType";
    if (setting.default_value != nullptr && !::esteira::read_setting(type, setting.default_value))
      return "the default of its setting " + key + " does not fit; it should be " + std::string(setting_form(type));
  }
  return {};
}

}  // namespace

std::string check_compatibility(const esteira_plugin_descriptor& descriptor) {
  auto misfit = head_misfit(descriptor);
  if (misfit.empty()) misfit = build_misfit(descriptor.build_tag);
  if (misfit.empty()) misfit = names_misfit(descriptor);
  if (misfit.empty()) misfit = settings_misfit(descriptor);
  return misfit;
}

}  // namespace esteira::runtime
