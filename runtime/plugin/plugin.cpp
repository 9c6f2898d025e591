#include "runtime/plugin/plugin.hpp"

#include <algorithm>
#include <array>
#include <boost/dll/shared_library.hpp>
#include <esteira/plugin_stage.hpp>
#include <fstream>
#include <mutex>
#include <system_error>

#include "runtime/plugin/compatibility.hpp"

namespace esteira::runtime {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_plugin(const fs::path& path, const std::string& why) {
  throw ConfigError("plugin " + path.string() + ": " + why);
}

// Lists the plugins of a folder, for the error about a missing one.
std::string plugins_in(const fs::path& folder) {
  std::error_code ignored;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".so") names.push_back(entry.path().stem().string());
  if (names.empty()) return "that folder contains no plugins";
  std::sort(names.begin(), names.end());
  std::string text = "that folder contains";
  for (const auto& name : names) text += (name == names.front() ? " " : ", ") + name;
  return text;
}

std::string missing_file_remedy(const fs::path& path, bool by_name) {
  if (!by_name) return "build it, or correct the path";
  auto remedy = "set ESTEIRA_PLUGIN or ESTEIRA_PLUGIN_DIR, " + plugins_in(path.parent_path());
  // The name of a plugin has no ".so": this was meant as a file.
  if (path.stem().extension() == ".so") remedy += "; the path of a file has a slash: ./" + path.stem().string();
  return remedy;
}

void check_file(const fs::path& path, bool by_name) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) refuse_plugin(path, "no such file; " + missing_file_remedy(path, by_name));
  std::array<char, 4> head{};
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse_plugin(path, "cannot be read; give this user read permission");
  file.read(head.data(), head.size());
  if (file.gcount() != 4 || head != std::array<char, 4>{'\x7f', 'E', 'L', 'F'})
    refuse_plugin(path, "not a shared library; build it with esteira_add_plugin");
}

// Boost.DLL wraps the message of dlerror(): "... (dlerror system message: <message>): Bad file descriptor".
std::string dlerror_message(const std::string& text, const fs::path& path) {
  const std::string opening = "system message: ";
  const auto start = text.find(opening);
  if (start == std::string::npos) return text;
  auto message = text.substr(start + opening.size());
  message = message.substr(0, message.rfind(')'));
  if (message.starts_with(path.string() + ": ")) message.erase(0, path.string().size() + 2);
  std::replace(message.begin(), message.end(), '\n', ' ');
  return message;
}

std::string load_remedy(const std::string& message) {
  if (message.find("undefined symbol") != std::string::npos)
    return "link the library that defines it (LIBRARIES of esteira_add_plugin), or build with the host's compiler "
           "flags";
  if (message.find("cannot open shared object") != std::string::npos) return "install the missing library";
  return "build it with esteira_add_plugin for this architecture";
}

const esteira_plugin_descriptor* load_descriptor(const fs::path& path) {
  // A usable library stays loaded until the process ends: objects made in it may live that long.
  static std::mutex mutex;
  static auto& loaded = *new std::vector<boost::dll::shared_library>;  // NOLINT: never destroyed, on purpose
  boost::dll::shared_library library;
  try {
    library.load(path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  } catch (const std::exception& error) {
    const auto message = dlerror_message(error.what(), path);
    refuse_plugin(path, "cannot be loaded: " + message + "; " + load_remedy(message));
  }
  if (!library.has(ESTEIRA_PLUGIN_SYMBOL))
    refuse_plugin(path,
                  "it exports no " ESTEIRA_PLUGIN_SYMBOL "; add ESTEIRA_PLUGIN(Class, {...}) to one of its sources");
  const auto& descriptor = library.get<const esteira_plugin_descriptor>(ESTEIRA_PLUGIN_SYMBOL);
  if (const auto problem = check_compatibility(descriptor); !problem.empty()) refuse_plugin(path, problem);
  const std::lock_guard lock(mutex);
  loaded.push_back(std::move(library));
  return &descriptor;
}

}  // namespace

Plugin::Plugin(fs::path path, const esteira_plugin_descriptor* descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

Plugin Plugin::load(const std::string& name, const fs::path& folder) {
  const bool by_name = name.find('/') == std::string::npos;
  auto path = fs::absolute(by_name ? folder / (name + ".so") : fs::path(name));
  check_file(path, by_name);
  const auto* descriptor = load_descriptor(path);
  return {std::move(path), descriptor};
}

std::filesystem::path plugin_dir(const Config& config) {
  if (config.has("ESTEIRA_PLUGIN_DIR")) return config.text("ESTEIRA_PLUGIN_DIR");
  const auto prefix = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  const auto installed = prefix / "lib" / "esteira" / "plugins";
  return fs::exists(installed) ? installed : prefix / "plugins";
}

std::vector<SettingSpec> Plugin::settings() const {
  std::vector<SettingSpec> specs;
  for (std::size_t i = 0; i < descriptor_->settings_count; ++i) {
    const auto& setting = abi::element(descriptor_->settings, i, descriptor_->setting_size);
    specs.push_back({setting.key, static_cast<SettingType>(setting.type), setting.default_value,
                     setting.help == nullptr ? "" : setting.help});
  }
  return specs;
}

std::vector<std::string> Plugin::consumes() const {
  std::vector<std::string> keys;
  for (const auto* key = descriptor_->consumes; *key != nullptr; ++key) keys.emplace_back(*key);
  return keys;
}

StageObject create_stage(const Plugin& plugin, const Settings& settings) {
  const auto& descriptor = plugin.descriptor();
  try {
    if (descriptor.is_async != 0) return {nullptr, std::make_shared<abi::PluginAsyncStage>(descriptor, settings)};
    return {std::make_shared<abi::PluginStage>(descriptor, settings), nullptr};
  } catch (const std::exception& error) {
    refuse_plugin(plugin.path(),
                  std::string("its stage could not be created: ") + error.what() + "; check its settings");
  }
}

}  // namespace esteira::runtime
