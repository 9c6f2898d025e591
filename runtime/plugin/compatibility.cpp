#include "runtime/plugin/compatibility.hpp"

#include <esteira/build_tag.hpp>
#include <esteira/names.hpp>
#include <esteira/setting_value.hpp>
#include <set>
#include <string_view>

namespace esteira::runtime {
namespace {

constexpr std::size_t kMaxSettings = 1000;

std::string check_head(const esteira_plugin_descriptor& descriptor) {
  if (descriptor.magic != ESTEIRA_ABI_MAGIC)
    return "its symbol " ESTEIRA_PLUGIN_SYMBOL " is not a descriptor; export it with the macro ESTEIRA_PLUGIN";
  // A later version may have another size, so the version is reported first.
  if (descriptor.abi_version != ESTEIRA_ABI_VERSION)
    return "it was built for ABI version " + std::to_string(descriptor.abi_version) + ", this host has " +
           std::to_string(ESTEIRA_ABI_VERSION) + "; rebuild it with the SDK of this host";
  if (descriptor.struct_size != sizeof(esteira_plugin_descriptor))
    return "its descriptor has " + std::to_string(descriptor.struct_size) + " bytes instead of " +
           std::to_string(sizeof(esteira_plugin_descriptor)) +
           "; rebuild it with the SDK of this host and its unchanged esteira/abi.h";
  return {};
}

std::string without_debug_containers(std::string tag) {
  constexpr std::string_view kMark = ", debug containers";
  const auto at = tag.find(kMark);
  return at == std::string::npos ? tag : tag.erase(at, kMark.size());
}

const char* build_tag_remedy(const std::string& tag) {
  const std::string host = abi::kBuildTag;
  if (without_debug_containers(tag) == host) return "rebuild it without -D_GLIBCXX_DEBUG";
  if (tag == without_debug_containers(host)) return "rebuild it with -D_GLIBCXX_DEBUG";
  return "rebuild it with the host's compiler and C++ standard";
}

std::string check_build_tag(const char* tag) {
  if (tag == nullptr) return "it has no build tag; export the descriptor with the macro ESTEIRA_PLUGIN";
  if (std::string_view(tag) == abi::kBuildTag) return {};
  return "it was built with \"" + std::string(tag) + "\", this host with \"" + abi::kBuildTag + "\"; " +
         build_tag_remedy(tag);
}

// Where `may_be_empty`, empty text means "none".
bool is_valid_text(const char* text, bool (*rule)(std::string_view), bool may_be_empty) {
  if (text == nullptr) return false;
  return *text == '\0' ? may_be_empty : rule(text);
}

std::string check_names(const esteira_plugin_descriptor& descriptor) {
  if (!is_valid_text(descriptor.name, names::is_name, false))
    return "its name is not allowed; give .name as [a-z][a-z0-9_-]*, at most 40 characters";
  if (descriptor.version == nullptr) return "it has no version; give .version in ESTEIRA_PLUGIN";
  if (!is_valid_text(descriptor.consumes, names::is_routing_key, false))
    return "the routing key it consumes is not allowed; give .consumes as [a-z0-9._-]+, at most 200 characters";
  if (!is_valid_text(descriptor.publishes, names::is_routing_key, true))
    return "the routing key it publishes is not allowed; give .publishes as [a-z0-9._-]+, or leave it empty";
  if (!is_valid_text(descriptor.status, names::is_status, true))
    return "its status is not one that a stage may set; give .status as processing, paid, shipped or completed, or "
           "leave it empty";
  if (descriptor.create == nullptr || descriptor.destroy == nullptr)
    return "it has no create or destroy function; export the descriptor with the macro ESTEIRA_PLUGIN";
  return {};
}

std::string check_settings(const esteira_plugin_descriptor& descriptor) {
  if (descriptor.settings_count > kMaxSettings || (descriptor.settings_count > 0 && descriptor.settings == nullptr))
    return "its list of settings is invalid; export the descriptor with the macro ESTEIRA_PLUGIN";
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < descriptor.settings_count; ++i) {
    const auto& setting = descriptor.settings[i];
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
  if (problem.empty()) problem = check_build_tag(descriptor.build_tag);
  if (problem.empty()) problem = check_names(descriptor);
  if (problem.empty()) problem = check_settings(descriptor);
  return problem;
}

}  // namespace esteira::runtime
