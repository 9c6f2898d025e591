#include "cli/plugin_inspect.hpp"

#include <esteira/setting_value.hpp>
#include <iomanip>
#include <iostream>

#include "runtime/plugin/plugin.hpp"

namespace esteira::cli {
namespace {

using runtime::Plugin;

void print_line(const std::string& label, const std::string& text) {
  std::cout << std::left << std::setw(12) << label << text << '\n';
}

std::string or_dash(const char* text, const char* dash) { return *text == '\0' ? dash : text; }

void print_descriptor(const Plugin& plugin) {
  const auto& descriptor = plugin.descriptor();
  print_line("plugin", descriptor.name);
  print_line("version", descriptor.version);
  print_line("file", plugin.path().string());
  print_line("kind", descriptor.is_async != 0 ? "async: its work waits outside" : "blocking: a thread an order");
  print_line("consumes", descriptor.consumes);
  print_line("publishes", or_dash(descriptor.publishes, "nothing: the chain ends here"));
  print_line("status", or_dash(descriptor.status, "unchanged"));
  print_line("abi", std::to_string(descriptor.abi_version));
  print_line("built with", descriptor.build_tag);
}

// As the environment names them for a stage that has the plugin's own name.
void print_settings(const Plugin& plugin) {
  std::string prefix = plugin.descriptor().name;
  for (auto& c : prefix) c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  const auto specs = plugin.settings();
  std::cout << (specs.empty() ? "\nno settings\n" : "\nsettings\n");
  for (const auto& spec : specs) {
    const std::string value = spec.default_value == nullptr ? " (required)" : std::string("=") + spec.default_value;
    std::cout << "  " << prefix << '_' << spec.key << value << "\n      " << spec.help << "; "
              << setting_form(spec.type) << '\n';
  }
}

}  // namespace

int plugin_inspect(const std::vector<std::string>& args) {
  if (args.size() != 1 || args.front().starts_with("-")) {
    std::cerr << "usage: esteira plugin inspect <name or path>\n";
    return 2;
  }
  const auto environment = runtime::process_environment();
  const auto folder = environment.find("ESTEIRA_PLUGIN_DIR");
  try {
    const auto plugin = Plugin::load(args.front(), folder == environment.end() ? "." : folder->second);
    print_descriptor(plugin);
    print_settings(plugin);
    return 0;
  } catch (const runtime::ConfigError& error) {
    std::cerr << "esteira: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace esteira::cli
