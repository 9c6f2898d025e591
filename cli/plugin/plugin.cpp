#include "cli/plugin/plugin.hpp"

#include <cstdio>

#include "cli/command_line.hpp"
#include "cli/plugin/plugin_dev.hpp"
#include "cli/plugin/plugin_inspect.hpp"
#include "cli/plugin/plugin_new.hpp"
#include "cli/plugin/plugin_try.hpp"

namespace esteira::cli {

void print_line(const char* label, const std::string& text) { std::printf("%-12s %s\n", label, text.c_str()); }

void add_plugin(CLI::App& program) {
  auto& plugin = add_group(program, "plugin", "Begin a stage's plugin, show what it declares, try it, run it.");
  add_plugin_new(plugin);
  add_plugin_inspect(plugin);
  add_plugin_try(plugin);
  add_plugin_dev(plugin);
}

}  // namespace esteira::cli
