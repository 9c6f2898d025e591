#include <catch2/catch.hpp>
#include <esteira/names.hpp>
#include <esteira/testing.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/plugin/plugin.hpp"
#include "tests/support/process.hpp"

namespace {

using esteira::Message;
using esteira::Outcome;
using esteira::runtime::ConfigError;
using esteira::runtime::Environment;
using esteira::runtime::Plugin;
using esteira::testing::PluginHarness;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

// Each test runs once for each plugin.
std::string each_plugin() {
  std::vector<std::string> files;
  std::istringstream list(ESTEIRA_PLUGIN_FILES);
  for (std::string file; std::getline(list, file, ':');) files.push_back(file);
  auto file = GENERATE_COPY(from_range(files));
  return file;
}

// The plugin's default settings, with its DELAY, if it has one, set to `delay`: simulated waits would slow the tests.
esteira::Settings settings_of(const Plugin& plugin, const std::string& delay = "10ms") {
  Environment environment;
  for (const auto& spec : plugin.settings())
    if (spec.key == std::string_view("DELAY")) environment["STAGE_DELAY"] = delay;
  return read_plugin_settings(plugin, "stage", environment);
}

// The first SKU selects what a probe does; to the other plugins it is an ordinary SKU.
Message order_of(const std::string& sku) {
  auto message = esteira::testing::sample_message("stage");
  message.items.front().sku = sku;
  // What the stages of a workflow find in an order: a total, and what earlier stages have produced.
  message.total = esteira::Money{2199};
  message.data = {{"shipping", R"({"shipment":"sim-1"})"}};
  return message;
}

// True for an outcome that a host accepts.
bool is_valid(const Outcome& outcome) {
  if (outcome.kind() != Outcome::Kind::done) return !outcome.reason().empty();
  const auto& key = outcome.routing_key();
  if (!key.empty() && !esteira::names::is_routing_key(key)) return false;
  return outcome.data().empty() || nlohmann::json::parse(outcome.data(), nullptr, false).is_object();
}

TEST_CASE("a plugin loads and has a valid descriptor") {
  const auto file = each_plugin();
  INFO(file);
  const auto plugin = Plugin::load(file, "");
  CHECK(esteira::names::is_name(plugin.descriptor().name));
  CHECK_FALSE(std::string_view(plugin.descriptor().version).empty());
  CHECK_FALSE(plugin.consumes().empty());
  for (const auto& key : plugin.consumes()) CHECK(key != plugin.descriptor().publishes);
  for (const auto& spec : plugin.settings()) CHECK_FALSE(std::string_view(spec.help).empty());
}

TEST_CASE("a plugin creates several stages from its default settings") {
  const auto file = each_plugin();
  INFO(file);
  const auto plugin = Plugin::load(file, "");
  const auto settings = read_plugin_settings(plugin, "stage", {});
  const auto first = create_stage(plugin, settings);
  const auto second = create_stage(plugin, settings);
  CHECK((plugin.descriptor().is_async != 0 ? first.async != nullptr : first.blocking != nullptr));
  CHECK((first.async != second.async || first.blocking != second.blocking));
}

TEST_CASE("an undeclared setting of a plugin is refused") {
  const auto file = each_plugin();
  INFO(file);
  const auto plugin = Plugin::load(file, "");
  CHECK_THROWS_AS(read_plugin_settings(plugin, "stage", {{"STAGE_UNDECLARED_SETTING", "1"}}), ConfigError);
}

TEST_CASE("a plugin completes an ordinary order before the deadline with JSON data") {
  const auto file = each_plugin();
  INFO(file);
  const auto plugin = Plugin::load(file, "");
  PluginHarness harness(plugin.descriptor(), settings_of(plugin));
  const auto outcome = harness.run(order_of("DONE"));
  CHECK(outcome.kind() == Outcome::Kind::done);
  CHECK(is_valid(outcome));
}

TEST_CASE("a plugin returns a valid outcome for unusual orders") {
  const auto file = each_plugin();
  INFO(file);
  const auto plugin = Plugin::load(file, "");
  PluginHarness harness(plugin.descriptor(), settings_of(plugin));
  auto unusual = order_of("\u2603 \"quoted\\\"\n");
  unusual.items.front().qty = 9'000'000'000'000'000'000;
  unusual.data = {{"process", R"({"a":1})"}};
  unusual.attempt = 7;
  CHECK(is_valid(harness.run(unusual)));
  unusual.items.clear();
  CHECK(is_valid(harness.run(unusual)));
}

TEST_CASE("a plugin handles orders of several threads at once") {
  const auto file = each_plugin();
  INFO(file);
  const auto plugin = Plugin::load(file, "");
  PluginHarness harness(plugin.descriptor(), settings_of(plugin));
  const auto work = [&harness] {
    int done = 0;
    for (int i = 0; i < 25; ++i) done += harness.run(order_of("DONE")).kind() == Outcome::Kind::done ? 1 : 0;
    return done;
  };
  std::vector<std::future<int>> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) threads.push_back(std::async(std::launch::async, work));
  for (auto& thread : threads) CHECK(thread.get() == 25);
}

TEST_CASE("a plugin ends its wait when the host stops") {
  const auto file = each_plugin();
  INFO(file);
  const auto plugin = Plugin::load(file, "");
  PluginHarness harness(plugin.descriptor(), settings_of(plugin, "1h"));
  auto outcome = std::async(std::launch::async, [&harness] { return harness.run(order_of("HANG")); });
  harness.context().request_stop();
  REQUIRE(outcome.wait_for(20s) == std::future_status::ready);
  CHECK(is_valid(outcome.get()));
}

TEST_CASE("a plugin hears that the order is to be cancelled, and may ignore it") {
  const auto file = each_plugin();
  INFO(file);
  const auto plugin = Plugin::load(file, "");
  PluginHarness harness(plugin.descriptor(), settings_of(plugin));
  harness.context().cancel();
  CHECK(is_valid(harness.run(order_of("DONE"))));
  if (file.find("probe") == std::string::npos || plugin.descriptor().abi_minor < 1 ||
      file.find("/c_probe") != std::string::npos)
    return;
  CHECK(harness.run(order_of("GIVE-UP")).kind() == Outcome::Kind::snooze);
}

TEST_CASE("a plugin exports only its descriptor") {
  const auto file = each_plugin();
  INFO(file);
  esteira::test::Process nm(ESTEIRA_NM, {"-D", "--defined-only", "--format=posix", file}, {});
  REQUIRE(nm.wait() == 0);
  std::istringstream lines(nm.output());
  std::vector<std::string> symbols;
  for (std::string line; std::getline(lines, line);) symbols.push_back(line.substr(0, line.find(' ')));
  CHECK(symbols == std::vector<std::string>{ESTEIRA_PLUGIN_SYMBOL});
}

}  // namespace
