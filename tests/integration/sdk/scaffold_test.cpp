// esteira plugin new: what it writes builds, passes its test, and runs, so it cannot rot.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/integration/sdk/author.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using namespace esteira::test::author;

esteira::test::Process new_plugin(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"plugin", "new"});
  return {ESTEIRA_CLI, arguments, {}};
}

/// Builds and tests the sources as their README says. Returns the plugin's file.
std::string build_plugin(const std::string& sources, const std::string& name, const std::string& sdk) {
  auto configure = build_options(sdk);
  configure.insert(configure.begin(), {"-S", sources, "--preset", "default"});
  run(ESTEIRA_CMAKE, configure);
  run(ESTEIRA_CMAKE, {"--build", sources + "/build"});
  run(ESTEIRA_CTEST, {"--test-dir", sources + "/build", "--output-on-failure", "--no-tests=error"});
  return sources + "/build/plugins/" + name + ".so";
}

}  // namespace

TEST_CASE("a new plugin builds, passes its test, is formatted, and handles its order") {
  const auto [name, kind, source] = GENERATE(table<std::string, std::string, std::string>(
      {{"loyalty-points", "", ".cpp"}, {"wait_list", "--async", ".cpp"}, {"parcels", "--language=c", ".c"}}));
  const Folder folder;
  const auto sources = folder.at("src");
  std::vector<std::string> arguments{"plugin", "new", name, "--folder", sources};
  if (!kind.empty()) arguments.push_back(kind);
  CHECK_THAT(run(ESTEIRA_CLI, arguments), Contains("esteira plugin try build/plugins/" + name + ".so"));
  run("clang-format", {"--dry-run", "-Werror", sources + "/" + name + source, sources + "/" + name + "_test.cpp"});

  install_sdk(folder.at("sdk"));
  const auto plugin = build_plugin(sources, name, folder.at("sdk"));
  const auto said = run(ESTEIRA_CLI, {"plugin", "try", plugin, "--order", sources + "/order.json"});
  CHECK_THAT(said, Contains("outcome      done\n") && Contains(R"({"units":3})") && Contains("counter      units 3\n"));
  CHECK_THAT(run(ESTEIRA_CLI, {"plugin", "inspect", plugin}), Contains("plugin       " + name) &&
                                                                  Contains(kind == "--async" ? "async" : "blocking") &&
                                                                  Contains("MAX_UNITS=1000"));
}

TEST_CASE("a new plugin does not touch a folder that has something in it") {
  const Folder folder;
  std::ofstream(folder.at("notes.txt")) << "mine";
  auto process = new_plugin({"loyalty", "--folder", folder.at("")});
  CHECK(process.wait() == 2);
  CHECK_THAT(process.output(), Contains("is not empty: choose another --folder"));
  CHECK(std::distance(fs::directory_iterator(folder.at("")), {}) == 1);
}

TEST_CASE("a new plugin is in C or C++, and asynchronous only in C++") {
  const auto [arguments, text] = GENERATE(table<std::vector<std::string>, std::string>(
      {{{"loyalty", "--language", "cobol"}, "--language is c++ or c"},
       {{"loyalty", "--language", "c", "--async"}, "--async needs --language c++"}}));
  const Folder folder;
  auto with_folder = arguments;
  with_folder.insert(with_folder.end(), {"--folder", folder.at("src")});
  auto process = new_plugin(with_folder);
  CHECK(process.wait() == 2);
  CHECK_THAT(process.output(), Contains(text));
  CHECK_FALSE(fs::exists(folder.at("src")));
}

TEST_CASE("a new plugin needs a name that a stage can have and CMake has not") {
  const auto [name, text] = GENERATE(table<std::string, std::string>({
      {"Loyalty", "[a-z][a-z0-9_-]*"},
      {"a/b", "[a-z][a-z0-9_-]*"},
      {"", "[a-z][a-z0-9_-]*"},
      {"test", "is a target of CMake"},
      {"esteira-loyalty", "would begin with ESTEIRA_"},
  }));
  const Folder folder;
  auto process = new_plugin({name, "--folder", folder.at("src")});
  CHECK(process.wait() == 2);
  CHECK_THAT(process.output(), Catch::StartsWith("esteira: ") && Contains(text));
  CHECK_FALSE(fs::exists(folder.at("src")));
}
