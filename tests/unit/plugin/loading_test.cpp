#include <catch2/catch.hpp>
#include <string_view>

#include "tests/unit/plugin/loaded.hpp"

namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using esteira::runtime::ConfigError;
using esteira::runtime::create_stage;
using esteira::runtime::Plugin;
using esteira::runtime::read_plugin_settings;
using plugin_test::fixture_dir;

// The error, one line, with which a fixture is refused.
std::string refusal_of(const std::string& name) {
  try {
    Plugin::load(name, fixture_dir());
  } catch (const ConfigError& error) {
    CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos);
    return error.what();
  }
  return "it was not refused";
}

TEST_CASE("a plugin is loaded by name or by path") {
  const auto by_name = Plugin::load("probe", fixture_dir());
  const auto by_path = Plugin::load((fixture_dir() / "probe.so").string(), "/nowhere");
  CHECK(by_name.descriptor().name == std::string_view("probe"));
  CHECK(&by_name.descriptor() == &by_path.descriptor());
  CHECK(by_name.path() == fixture_dir() / "probe.so");
}

TEST_CASE("an unknown plugin name is refused with a list of the plugins") {
  CHECK_THAT(refusal_of("prob"), Contains("prob.so: no such file; set ESTEIRA_PLUGIN") && Contains("async_probe, "));
  CHECK_THAT(refusal_of("./prob.so"), EndsWith("no such file; build it, or correct the path"));
  CHECK_THAT(refusal_of("prob.so"), EndsWith("; the path of a file has a slash: ./prob.so"));
}

TEST_CASE("a text file named like a library is refused") {
  CHECK_THAT(refusal_of("not_a_library"), EndsWith("not a shared library; build it with esteira_add_plugin"));
}

TEST_CASE("a library with an undefined symbol is refused with the symbol") {
  CHECK_THAT(refusal_of("missing_dependency"),
             Contains("undefined symbol: undefined_function; link the library that defines it"));
}

TEST_CASE("a library without a descriptor is refused") {
  CHECK_THAT(refusal_of("no_symbol"), EndsWith("it exports no esteira_plugin; add ESTEIRA_PLUGIN(Class, {...}) to one "
                                               "of its sources"));
}

TEST_CASE("a symbol that is not a descriptor is refused") {
  CHECK_THAT(refusal_of("wrong_magic"), Contains("its symbol esteira_plugin is not a descriptor"));
}

TEST_CASE("another major version of the ABI is refused with both versions") {
  CHECK_THAT(refusal_of("older_abi"), EndsWith("it was built for ABI version 1, this host has 2.1; rebuild it with the "
                                               "SDK of this host"));
}

TEST_CASE("a newer minor version of the ABI is refused with both versions") {
  CHECK_THAT(refusal_of("newer_abi"),
             EndsWith("it was built for ABI version 2.99, this host has 2.1; upgrade the host, "
                      "or rebuild the plugin with the SDK of this host"));
}

TEST_CASE("a descriptor that is too small is refused with both sizes") {
  CHECK_THAT(refusal_of("wrong_size"), Contains("its descriptor has 64 bytes instead of at least 120"));
}

TEST_CASE("an exception of a stage's constructor becomes an error that names the plugin") {
  const auto plugin = Plugin::load("throws_in_constructor", fixture_dir());
  const auto settings = read_plugin_settings(plugin, "x", {{"X_WAREHOUSE", "a"}});
  CHECK_THROWS_WITH(create_stage(plugin, settings),
                    Contains("throws_in_constructor.so: its stage could not be created: no warehouse is configured"));
  const auto thrown_int = read_plugin_settings(plugin, "x", {{"X_WAREHOUSE", "a"}, {"X_INT", "true"}});
  CHECK_THROWS_WITH(create_stage(plugin, thrown_int), Contains("something that is not a std::exception"));
}

TEST_CASE("a plugin creates a blocking or an async stage") {
  const auto probe = Plugin::load("probe", fixture_dir());
  const auto blocking = create_stage(probe, read_plugin_settings(probe, "probe", {}));
  CHECK((blocking.blocking && !blocking.async));
  const auto async_probe = Plugin::load("async_probe", fixture_dir());
  const auto async = create_stage(async_probe, read_plugin_settings(async_probe, "async-probe", {}));
  CHECK((async.async && !async.blocking));
}

TEST_CASE("a stage may outlive the Plugin object") {
  auto message = esteira::testing::sample_message();
  message.items.front().sku = "THROW";
  std::shared_ptr<esteira::Stage> stage;
  {
    const auto probe = Plugin::load("probe", fixture_dir());
    stage = create_stage(probe, read_plugin_settings(probe, "probe", {})).blocking;
  }
  esteira::testing::TestContext context;
  CHECK(esteira::testing::run(*stage, message, context).reason() == "the handler threw: the probe was told to throw");
}

}  // namespace
