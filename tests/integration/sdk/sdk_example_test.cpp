#include <catch2/catch.hpp>
#include <esteira/testing.hpp>

#include "runtime/plugin/plugin.hpp"
#include "tests/integration/sdk/author.hpp"

namespace {

using esteira::runtime::Plugin;
using namespace esteira::test::author;

TEST_CASE("the installed SDK builds the example plugin and a host loads it") {
  const Folder folder;
  install_sdk(folder.at("sdk"));
  const auto example = esteira::test::source_dir() / "sdk" / "example";
  auto configure = build_options(folder.at("sdk"));
  configure.insert(configure.begin(), {"-S", example, "-B", folder.at("build")});
  run(ESTEIRA_CMAKE, configure);
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
