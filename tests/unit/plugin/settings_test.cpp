#include <catch2/catch.hpp>
#include <chrono>

#include "tests/unit/plugin/loaded.hpp"

namespace {

using Catch::Matchers::Contains;
using esteira::runtime::Environment;
using esteira::runtime::Plugin;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

esteira::Settings read(const std::string& plugin, const std::string& stage, const Environment& environment) {
  const auto folder = plugin == "enrich" ? plugin_test::shipped_dir() : plugin_test::fixture_dir();
  return esteira::runtime::read_plugin_settings(Plugin::load(plugin, folder), stage, environment);
}

TEST_CASE("a plugin setting that is not set has its default") {
  const auto settings = read("enrich", "enrich", {});
  CHECK(settings.duration("DELAY") == 2s);
  CHECK(settings.list("FAIL_SKUS") == std::vector<std::string>{"FAIL-ALWAYS", "FAIL-ONCE"});
  CHECK(settings.text("URL").empty());
}

TEST_CASE("plugin settings are read with the prefix of the stage name") {
  const Environment environment = {{"ENRICH_B2_DELAY", "5ms"}, {"ENRICH_B2_FAIL_SKUS", ""}, {"OTHER", "x"}};
  const auto settings = read("enrich", "enrich-b2", environment);
  CHECK(settings.duration("DELAY") == 5ms);
  CHECK(settings.list("FAIL_SKUS").empty());
}

TEST_CASE("settings that are named after the plugin are told when its stage has another name and does not read them") {
  const auto unread = [](const std::string& stage, const Environment& environment) {
    return esteira::runtime::unread_plugin_settings(Plugin::load("enrich", plugin_test::shipped_dir()), stage,
                                                    environment);
  };
  CHECK(unread("enrich-b2", {{"ENRICH_DELAY", "1s"}, {"ENRICH_OTHER", "x"}}) ==
        std::vector<std::string>{"ENRICH_DELAY"});
  CHECK(unread("enrich-b2", {{"ENRICH_DELAY", "1s"}, {"ENRICH_B2_DELAY", "2s"}}).empty());
  CHECK(unread("enrich", {{"ENRICH_DELAY", "1s"}}).empty());
}

TEST_CASE("an invalid value is refused with the expected form and without the value") {
  CHECK_THROWS_WITH(read("enrich", "enrich", {{"ENRICH_DELAY", "soon"}}),
                    "ENRICH_DELAY: should be a duration like 250ms, 2s, 5m or 1h");
  CHECK_THROWS_WITH(read("enrich", "enrich", {{"ENRICH_URL", "\xff"}}), "ENRICH_URL: should be text");
}

TEST_CASE("an unknown plugin setting is refused with the closest name") {
  CHECK_THROWS_WITH(read("enrich", "enrich", {{"ENRICH_DELAI", "2s"}}),
                    "ENRICH_DELAI: plugin enrich has no such setting; did you mean ENRICH_DELAY?");
}

TEST_CASE("an unknown plugin setting without a close name is refused with the list of settings") {
  CHECK_THROWS_WITH(read("enrich", "enrich", {{"ENRICH_WAREHOUSE_ADDRESS", "x"}}),
                    Contains("its settings are ENRICH_DELAY, "));
}

TEST_CASE("a required plugin setting that is missing or empty is refused with its help") {
  CHECK_THROWS_WITH(read("throws_in_constructor", "x", {}),
                    "X_WAREHOUSE: plugin throwing requires it: where it ships from");
  CHECK_THROWS_WITH(read("throws_in_constructor", "x", {{"X_WAREHOUSE", ""}}), Contains("requires it"));
}

TEST_CASE("variables that Kubernetes sets for a Service are not plugin settings") {
  CHECK_NOTHROW(read("enrich", "enrich",
                     {{"ENRICH_SERVICE_HOST", "10.0.0.1"},
                      {"ENRICH_SERVICE_PORT_METRICS", "9090"},
                      {"ENRICH_PORT", "tcp://10.0.0.1:9090"},
                      {"ENRICH_PORT_9090_TCP_ADDR", "10.0.0.1"},
                      {"ENRICH_METRICS_PORT", "tcp://10.0.0.1:9090"},
                      {"ENRICH_SUPPLIER_SERVICE_HOST", "10.0.0.2"}}));
}

TEST_CASE("a stage name may equal the prefix of an Esteira setting") {
  CHECK_NOTHROW(read("enrich", "redis", {{"REDIS_URL", "redis://localhost"}, {"REDIS_DELAY", "1s"}}));
}

}  // namespace
