#include <atomic>
#include <catch2/catch.hpp>
#include <esteira/esteira.hpp>
#include <esteira/testing.hpp>
#include <string_view>

namespace {

std::atomic<int> stages_alive = 0;

class Greeter final : public esteira::Stage {
 public:
  explicit Greeter(const esteira::Settings& settings) : word_(settings.text("WORD")) { ++stages_alive; }
  ~Greeter() override { --stages_alive; }
  esteira::Outcome handle(const esteira::Message& message, esteira::Context& /*context*/) override {
    return esteira::Outcome::done(R"({"greeting":")" + word_ + " " + message.customer_id + "\"}");
  }

 private:
  const std::string word_;
};

}  // namespace

ESTEIRA_PLUGIN(Greeter, {.name = "greeter",
                         .version = "1.2.3",
                         .consumes = "order.created",
                         .settings = {{"WORD", esteira::SettingType::text, "hello", "how to greet"},
                                      {"TIMES", esteira::SettingType::integer, nullptr, "how often"}}});

namespace {

using esteira::testing::PluginHarness;
using esteira::testing::sample_message;

TEST_CASE("ESTEIRA_PLUGIN exports its arguments, and empty text for omitted ones") {
  CHECK(esteira_plugin.magic == ESTEIRA_ABI_MAGIC);
  CHECK(esteira_plugin.struct_size == sizeof(esteira_plugin_descriptor));
  CHECK(esteira_plugin.abi_major == ESTEIRA_ABI_MAJOR);
  CHECK(esteira_plugin.abi_minor == ESTEIRA_ABI_MINOR);
  CHECK(esteira_plugin.is_async == 0);
  CHECK(esteira_plugin.name == std::string_view("greeter"));
  CHECK(esteira_plugin.version == std::string_view("1.2.3"));
  CHECK(esteira_plugin.consumes[0] == std::string_view("order.created"));
  CHECK(esteira_plugin.consumes[1] == nullptr);
  CHECK(esteira_plugin.publishes == std::string_view());
  CHECK(esteira_plugin.refused == std::string_view());
  CHECK(esteira_plugin.status == std::string_view());
  REQUIRE(esteira_plugin.settings_count == 2);
  CHECK(esteira_plugin.settings[0].key == std::string_view("WORD"));
  CHECK(esteira_plugin.settings[1].default_value == nullptr);
}

TEST_CASE("the harness creates the stage from given settings and destroys it") {
  {
    PluginHarness plugin({{"TIMES", "1"}, {"WORD", "ola"}});
    CHECK(stages_alive == 1);
    CHECK(plugin.run(sample_message()).data() == R"({"greeting":"ola 123"})");
  }
  CHECK(stages_alive == 0);
}

TEST_CASE("the harness refuses settings that a host would refuse") {
  CHECK_THROWS_WITH(PluginHarness(), "TIMES is required");
  CHECK_THROWS_WITH(PluginHarness({{"TIMES", "often"}}), "TIMES should be a whole number like 8");
  CHECK_THROWS_WITH(PluginHarness({{"TIMES", "1"}, {"TONE", "low"}}), "the plugin declares no setting TONE");
}

// The macro asserts these when a plugin is compiled.
constexpr esteira::SettingSpec kGood = {"DELAY", esteira::SettingType::duration, "2s", "how long"};
static_assert(esteira::abi::has_good_settings({}));
static_assert(esteira::abi::has_good_settings({kGood}));
static_assert(!esteira::abi::has_good_settings({kGood, kGood}));
static_assert(!esteira::abi::has_good_settings({{"delay", esteira::SettingType::duration, "2s", "lower case"}}));
static_assert(!esteira::abi::has_good_settings({{"DELAY", esteira::SettingType::duration, "2", "no unit"}}));
static_assert(!esteira::abi::has_good_settings({{"DELAY", esteira::SettingType::duration, "2s", nullptr}}));
static_assert(esteira::abi::has_good_keys("order.created"));
static_assert(esteira::abi::has_good_keys({"order.cancelled", "shipment.refused"}));
static_assert(!esteira::abi::has_good_keys({}));
static_assert(!esteira::abi::has_good_keys("Order"));
static_assert(!esteira::abi::has_good_keys({"order.created", "order.created"}));

}  // namespace
