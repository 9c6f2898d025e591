#include <catch2/catch.hpp>
#include <esteira/testing.hpp>
#include <filesystem>

#include "runtime/plugin/plugin.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/process.hpp"

namespace {

namespace fs = std::filesystem;
using esteira::runtime::Plugin;

/// A temporary folder, removed by the destructor.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / esteira::test::unique_name("esteira_sdk")) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

void run(const std::string& program, const std::vector<std::string>& arguments) {
  esteira::test::Process process(program, arguments, {});
  const auto code = process.wait(std::chrono::minutes(5));
  INFO(process.output());
  REQUIRE(code == 0);
}

TEST_CASE("the installed SDK builds the example plugin and a host loads it") {
  const Folder folder;
  run(ESTEIRA_CMAKE, {"--install", esteira::test::build_dir(), "--component", "sdk", "--prefix", folder.at("sdk")});
  const auto example = esteira::test::source_dir() / "sdk" / "example";
  run(ESTEIRA_CMAKE,
      {"-S", example, "-B", folder.at("build"), "-G", ESTEIRA_GENERATOR, "-DCMAKE_PREFIX_PATH=" + folder.at("sdk"),
       std::string("-DCMAKE_CXX_COMPILER=") + ESTEIRA_CXX, std::string("-DCMAKE_CXX_FLAGS=") + ESTEIRA_CXX_FLAGS});
  run(ESTEIRA_CMAKE, {"--build", folder.at("build")});
  run(ESTEIRA_CTEST, {"--test-dir", folder.at("build"), "--output-on-failure", "--no-tests=error"});

  const auto plugin = Plugin::load("loyalty", folder.at("build") + "/plugins");
  const auto stage = create_stage(plugin, read_plugin_settings(plugin, "loyalty", {}));
  auto order = esteira::testing::sample_message();
  order.total = esteira::Money{2199};
  esteira::testing::TestContext context;
  CHECK(esteira::testing::run(*stage.blocking, order, context).data() == R"({"points":21})");
}

}  // namespace
