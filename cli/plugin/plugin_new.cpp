#include "cli/plugin/plugin_new.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <esteira/names.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command_line.hpp"
#include "cli/data_dir.hpp"
#include "runtime/config/secret_file.hpp"
#include "runtime/plugin/plugin.hpp"

namespace esteira::cli {
namespace {

namespace fs = std::filesystem;

/// CMake has targets of these names.
constexpr std::array<std::string_view, 9> kReserved{
    "all", "clean", "edit_cache", "help", "install", "list_install_components", "package", "rebuild_cache", "test"};

constexpr std::size_t kMaxTemplateSize = std::size_t{64} * 1024;

struct NewOptions {
  std::string name;
  std::optional<std::string> folder;
  bool async = false;
  std::optional<std::string> language;

  [[nodiscard]] bool is_c() const { return language == "c"; }
  [[nodiscard]] std::string source() const { return name + (is_c() ? ".c" : ".cpp"); }
};

void check_name(const std::string& name) {
  if (!names::is_name(name))
    throw UsageError("the name of a plugin has [a-z][a-z0-9_-]*, at most 40 characters: loyalty");
  if (std::ranges::find(kReserved, name) != kReserved.end())
    throw UsageError(name + " is a target of CMake: choose another name");
  if (runtime::setting_prefix(name).starts_with("ESTEIRA_"))
    throw UsageError("the settings of " + name +
                     " would begin with ESTEIRA_, as those of the host: choose another name");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder))
    throw UsageError(folder.string() + " cannot be made: choose another --folder");
  if (!fs::is_empty(folder)) throw UsageError(folder.string() + " is not empty: choose another --folder");
}

std::string replaced(std::string text, std::string_view token, std::string_view by) {
  for (auto at = text.find(token); at != std::string::npos; at = text.find(token, at + by.size()))
    text.replace(at, token.size(), by);
  return text;
}

std::string filled(const fs::path& source, const NewOptions& options) {
  auto text = runtime::read_regular_file(source.string(), kMaxTemplateSize);
  text = replaced(std::move(text), "@NAME@", options.name);
  text = replaced(std::move(text), "@PREFIX@", runtime::setting_prefix(options.name));
  text = replaced(std::move(text), "@SOURCE@", options.source());
  // The test is in C++.
  return replaced(std::move(text), "@LANGUAGES@", options.is_c() ? "C CXX" : "CXX");
}

/// The template of the stage that was asked for.
std::string stage_template(const NewOptions& options) {
  if (options.is_c()) return "stage.c";
  return options.async ? "async_stage.cpp" : "stage.cpp";
}

/// Empty for the kind of stage that was not asked for.
std::string target_name(const fs::path& source, const NewOptions& options) {
  const auto name = source.stem().string();  // without ".in"
  if (name == stage_template(options)) return options.source();
  if (name == "stage.c" || name == "stage.cpp" || name == "async_stage.cpp") return "";
  if (name == "stage_test.cpp") return options.name + "_test.cpp";
  return name.starts_with("dot.") ? name.substr(3) : name;
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path.string() + " cannot be written");
}

int make_plugin(const NewOptions& options) {
  check_name(options.name);
  if (options.language.value_or("c++") != "c++" && !options.is_c()) throw UsageError("--language is c++ or c");
  if (options.async && options.is_c()) throw UsageError("--async needs --language c++");
  const fs::path folder(options.folder.value_or(options.name));
  make_folder(folder);
  for (const auto& entry : fs::directory_iterator(data_dir("scaffold", ESTEIRA_SOURCE_SCAFFOLD))) {
    const auto target = target_name(entry.path(), options);
    if (!target.empty()) write_file(folder / target, filled(entry.path(), options));
  }
  std::printf("%s has the plugin %s. Build, test and try it there:\n", folder.c_str(), options.name.c_str());
  std::printf("  cmake --preset default && cmake --build --preset default && ctest --preset default\n");
  std::printf("  esteira plugin try build/plugins/%s.so --order order.json\n", options.name.c_str());
  return 0;
}

}  // namespace

void add_plugin_new(CLI::App& plugin) {
  const auto options = std::make_shared<NewOptions>();
  auto& command = add_command(plugin, "new", "Write the sources of a new plugin, with a test.",
                              [options] { return make_plugin(*options); });
  add_argument(command, "NAME", options->name, "The name of the plugin, and of its stage.");
  add_text(command, "--folder", "FOLDER", options->folder,
           "Where to write them (default: the name); it must be empty.");
  add_text(command, "--language", "LANGUAGE", options->language, "c++ or c (default: c++).");
  add_flag(command, "--async", options->async, "A stage that waits for others without a thread for each order.");
}

}  // namespace esteira::cli
