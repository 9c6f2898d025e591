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

TEST_CASE("a setting that is not given has its default") {
  const auto settings = read("enrich", "enrich", {});
  CHECK(settings.duration("DELAY") == 2s);
  CHECK(settings.list("FAIL_SKUS") == std::vector<std::string>{"FAIL-ALWAYS", "FAIL-ONCE"});
  CHECK(settings.text("URL").empty());
}

TEST_CASE("settings are read under the name of the stage, not of the plugin") {
  const Environment environment = {{"ENRICH_B2_DELAY", "5ms"}, {"ENRICH_B2_FAIL_SKUS", ""}, {"OTHER", "x"}};
  const auto settings = read("enrich", "enrich-b2", environment);
  CHECK(settings.duration("DELAY") == 5ms);
  CHECK(settings.list("FAIL_SKUS").empty());
}

TEST_CASE("a bad value is refused with what it should be, and without the value") {
  CHECK_THROWS_WITH(read("enrich", "enrich", {{"ENRICH_DELAY", "soon"}}),
                    "ENRICH_DELAY: should be a duration like 250ms, 2s, 5m or 1h");
  CHECK_THROWS_WITH(read("enrich", "enrich", {{"ENRICH_URL", "\xff"}}), "ENRICH_URL: should be text");
}

TEST_CASE("an unknown setting is refused with a near name") {
  CHECK_THROWS_WITH(read("enrich", "enrich", {{"ENRICH_DELAI", "2s"}}),
                    "ENRICH_DELAI: plugin enrich has no such setting; did you mean ENRICH_DELAY?");
}

TEST_CASE("an unknown setting without a near name is refused with all there are") {
  CHECK_THROWS_WITH(read("enrich", "enrich", {{"ENRICH_WAREHOUSE_ADDRESS", "x"}}), Contains("it has ENRICH_DELAY, "));
}

TEST_CASE("a required setting that is missing or empty is refused with its help") {
  CHECK_THROWS_WITH(read("throws_in_constructor", "x", {}),
                    "X_WAREHOUSE: plugin unmakeable needs it: where it ships from");
  CHECK_THROWS_WITH(read("throws_in_constructor", "x", {{"X_WAREHOUSE", ""}}), Contains("needs it"));
}

TEST_CASE("variables that Kubernetes makes for a Service of the stage's name are not settings") {
  CHECK_NOTHROW(read("enrich", "enrich",
                     {{"ENRICH_SERVICE_HOST", "10.0.0.1"},
                      {"ENRICH_SERVICE_PORT_METRICS", "9090"},
                      {"ENRICH_PORT", "tcp://10.0.0.1:9090"},
                      {"ENRICH_PORT_9090_TCP_ADDR", "10.0.0.1"},
                      {"ENRICH_METRICS_PORT", "tcp://10.0.0.1:9090"},
                      {"ENRICH_SUPPLIER_SERVICE_HOST", "10.0.0.2"}}));
}

TEST_CASE("a stage may have the first word of one of our own variables as its name") {
  CHECK_NOTHROW(read("enrich", "redis", {{"REDIS_URL", "redis://localhost"}, {"REDIS_DELAY", "1s"}}));
}

}  // namespace
