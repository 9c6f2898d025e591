#pragma once
#include <string>

#include "cli/cli_app.hpp"

namespace esteira::cli {

/// How a command takes its plugin: a name is looked up in ESTEIRA_PLUGIN_DIR, an argument with a slash is a path.
constexpr const char* kPluginHelp = "Name of a plugin in ESTEIRA_PLUGIN_DIR, or a path that contains a slash.";

/// One line of the output of these commands: a label, padded, and a text.
void print_line(const char* label, const std::string& text);

/// `esteira plugin`: begins a plugin, shows what one declares, tries it, and runs it while it is being written.
void add_plugin(CLI::App& program);

}  // namespace esteira::cli
