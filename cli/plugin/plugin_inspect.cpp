#include "cli/plugin/plugin_inspect.hpp"

#include <cstdio>
#include <esteira/setting_value.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/plugin/plugin.hpp"
#include "runtime/plugin/plugin.hpp"

namespace esteira::cli {
namespace {

using runtime::Plugin;

std::string text_or(const char* text, const char* none) { return *text == '\0' ? none : text; }

std::string joined(const std::vector<std::string>& keys) {
  std::string text;
  for (const auto& key : keys) text.append(text.empty() ? "" : ", ").append(key);
  return text;
}

void print_descriptor(const Plugin& plugin) {
  const auto& descriptor = plugin.descriptor();
  print_line("plugin", descriptor.name);
  print_line("version", descriptor.version);
  print_line("file", plugin.path().string());
  print_line("kind", descriptor.is_async != 0 ? "async: a waiting order needs no thread"
                                              : "blocking: each order needs a thread");
  print_line("consumes", joined(plugin.consumes()));
  print_line("publishes", text_or(descriptor.publishes, "nothing (the last stage)"));
  print_line("refused", text_or(descriptor.refused, "none (a refused order is a dead letter)"));
  print_line("status", text_or(descriptor.status, "unchanged"));
  print_line("abi", std::to_string(descriptor.abi_major) + "." + std::to_string(descriptor.abi_minor));
}

// The names of the variables are those of a stage that has the name of the plugin.
void print_settings(const Plugin& plugin) {
  const auto specs = plugin.settings();
  std::puts(specs.empty() ? "\nno settings" : "\nsettings");
  for (const auto& spec : specs) {
    const auto variable = runtime::setting_prefix(plugin.descriptor().name) + spec.key;
    const auto value =
        spec.default_value == nullptr ? std::string(" (required)") : std::string("=") + spec.default_value;
    std::printf("  %s%s\n      %s; %s\n", variable.c_str(), value.c_str(), spec.help,
                std::string(setting_form(spec.type)).c_str());
  }
}

int inspect_plugin(const std::string& plugin_name) {
  const runtime::Config config(runtime::kCli, runtime::process_environment());
  const auto plugin = Plugin::load(plugin_name, runtime::plugin_dir(config));
  print_descriptor(plugin);
  print_settings(plugin);
  return 0;
}

}  // namespace

void add_plugin_inspect(CLI::App& plugin) {
  const auto name = std::make_shared<std::string>();
  auto& command = add_command(plugin, "inspect", "Print the descriptor of a plugin and the settings it reads.",
                              [name] { return inspect_plugin(*name); });
  add_argument(command, "PLUGIN", *name, kPluginHelp);
}

}  // namespace esteira::cli
