#include <catch2/catch.hpp>
#include <cstddef>
#include <esteira/esteira.hpp>
#include <esteira/plugin_stage.hpp>
#include <esteira/testing_context.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

extern "C" std::size_t descriptor_size_in_c();

namespace {

using esteira::LogLevel;
using esteira::Message;
using esteira::Money;
using esteira::Outcome;
using esteira::Settings;
using esteira::SettingType;
using esteira::abi::PluginStage;
using esteira::testing::TestContext;

// The C++ enumerations cross the boundary as numbers.
static_assert(static_cast<int>(Outcome::Kind::done) == ESTEIRA_DONE);
static_assert(static_cast<int>(Outcome::Kind::retry) == ESTEIRA_RETRY);
static_assert(static_cast<int>(Outcome::Kind::fail) == ESTEIRA_FAIL);
static_assert(static_cast<int>(Outcome::Kind::snooze) == ESTEIRA_SNOOZE);
static_assert(static_cast<int>(LogLevel::debug) == ESTEIRA_LOG_DEBUG);
static_assert(static_cast<int>(LogLevel::error) == ESTEIRA_LOG_ERROR);
static_assert(static_cast<int>(SettingType::text) == ESTEIRA_SETTING_TEXT);
static_assert(static_cast<int>(SettingType::list) == ESTEIRA_SETTING_LIST);

TEST_CASE("ABI: the descriptor has the same layout in C and C++") {
  CHECK(descriptor_size_in_c() == sizeof(esteira_plugin_descriptor));
  CHECK(std::is_standard_layout_v<esteira_plugin_descriptor>);
  CHECK(std::is_trivially_copyable_v<esteira_plugin_descriptor>);
  CHECK(std::string_view(ESTEIRA_PLUGIN_SYMBOL) == "esteira_plugin");
}

TEST_CASE("ABI: a member is known when it lies within the structure's size") {
  esteira_outcome outcome{};
  outcome.struct_size = offsetof(esteira_outcome, reason);
  CHECK(ESTEIRA_HAS(&outcome, routing_key));
  CHECK_FALSE(ESTEIRA_HAS(&outcome, reason));
  outcome.struct_size = sizeof(outcome);
  CHECK(ESTEIRA_HAS(&outcome, reason));
}

// A plugin whose handler a test writes against the C functions.
using Handler = std::function<void(const esteira_host&, const esteira_message&, esteira_task*)>;

struct ScriptedPlugin {
  const esteira_host* host;
  Handler handler;
};
Handler next_handler;

void* create_scripted(const esteira_create_request* request, esteira_error* error) {
  if (!next_handler) {
    request->host->fail(error, esteira::abi::text_of("no handler"));
    return nullptr;
  }
  return new ScriptedPlugin{request->host, next_handler};
}
void handle_scripted(void* stage, const esteira_message* message, esteira_task* task) {
  const auto& self = *static_cast<ScriptedPlugin*>(stage);
  self.handler(*self.host, *message, task);
}
void destroy_scripted(void* stage) { delete static_cast<ScriptedPlugin*>(stage); }

const esteira_plugin_descriptor& scripted(Handler handler) {
  static esteira_plugin_descriptor descriptor{};
  next_handler = std::move(handler);
  descriptor.create = &create_scripted;
  descriptor.handle = &handle_scripted;
  descriptor.destroy = &destroy_scripted;
  return descriptor;
}

Outcome run(Handler handler, TestContext& context, const Message& message = {}) {
  PluginStage stage(scripted(std::move(handler)), Settings());
  return stage.handle(message, context);
}

esteira_outcome outcome_of_kind(int kind) {
  esteira_outcome outcome{};
  outcome.struct_size = sizeof(outcome);
  outcome.kind = kind;
  outcome.delay = -1;
  outcome.reason = esteira::abi::text_of("because");
  return outcome;
}

TEST_CASE("a handler that returns without an outcome is retried") {
  TestContext context;
  const auto outcome = run([](const auto&, const auto&, auto*) {}, context);
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK(outcome.reason() == "the handler returned without an outcome");
}

TEST_CASE("the first of two outcomes counts") {
  TestContext context;
  const auto twice = [](const esteira_host& host, const esteira_message&, esteira_task* task) {
    const auto first = outcome_of_kind(ESTEIRA_DONE);
    const auto second = outcome_of_kind(ESTEIRA_FAIL);
    host.complete(task, &first);
    host.complete(task, &second);
  };
  CHECK(run(twice, context).kind() == Outcome::Kind::done);
}

TEST_CASE("an outcome of a kind that the host does not know is a retry") {
  TestContext context;
  const auto unknown = [](const esteira_host& host, const esteira_message&, esteira_task* task) {
    const auto outcome = outcome_of_kind(99);
    host.complete(task, &outcome);
  };
  const auto outcome = run(unknown, context);
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK(outcome.reason() == "the plugin gave an outcome of kind 99, which this host does not know");
}

TEST_CASE("a snooze crosses the boundary with its delay") {
  TestContext context;
  const auto snoozing = [](const esteira_host& host, const esteira_message&, esteira_task* task) {
    auto outcome = outcome_of_kind(ESTEIRA_SNOOZE);
    outcome.delay = 3'600'000;
    host.complete(task, &outcome);
  };
  const auto outcome = run(snoozing, context);
  CHECK(outcome.kind() == Outcome::Kind::snooze);
  CHECK(outcome.delay() == std::chrono::hours(1));
  CHECK(outcome.reason() == "because");
}

TEST_CASE("members beyond the size of an outcome are not read") {
  TestContext context;
  const auto small = [](const esteira_host& host, const esteira_message&, esteira_task* task) {
    auto outcome = outcome_of_kind(ESTEIRA_RETRY);
    outcome.struct_size = offsetof(esteira_outcome, reason);
    outcome.reason = {reinterpret_cast<const char*>(1), 1000};
    host.complete(task, &outcome);
  };
  const auto outcome = run(small, context);
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK(outcome.reason().empty());
}

TEST_CASE("a message crosses the boundary unchanged") {
  TestContext context;
  Message sent;
  sent.order_id = "5f2b8c1e-7d43-4a96-9a57-0c1d2e3f4a5b";
  sent.workflow = "default";
  sent.customer_id = "c\xC3\xA9";
  sent.items = {{"ABC", 2, Money{1050}}, {"", 9'000'000'000'000'000'000, std::nullopt}};
  sent.total = Money{0};
  sent.data = {{"enrich", R"({"a":1})"}, {"process", "{}"}};
  sent.stage = "enrich-b2";
  sent.attempt = 3;
  sent.redrive = 2;
  sent.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  Message received;
  run([&](const auto&, const esteira_message& message, auto*) { received = esteira::abi::message_of(message); },
      context, sent);
  CHECK(received.order_id == sent.order_id);
  CHECK(received.workflow == sent.workflow);
  CHECK(received.customer_id == sent.customer_id);
  REQUIRE(received.items.size() == 2);
  CHECK(received.items[0].sku == "ABC");
  CHECK(received.items[0].qty == 2);
  CHECK(received.items[0].unit_price == Money{1050});
  CHECK(received.items[1].sku.empty());
  CHECK(received.items[1].qty == 9'000'000'000'000'000'000);
  CHECK_FALSE(received.items[1].unit_price);
  CHECK(received.total == Money{0});
  CHECK(received.data == sent.data);
  CHECK(received.stage == sent.stage);
  CHECK(received.attempt == 3);
  CHECK(received.redrive == 2);
  CHECK(received.traceparent == sent.traceparent);
}

TEST_CASE("elements of an array are found when the host knows larger ones") {
  struct LargerItem {
    esteira_item item;
    char more[24];
  };
  const std::vector<LargerItem> items{{{esteira::abi::text_of("A"), 1, 0, 0, 0}, {}},
                                      {{esteira::abi::text_of("B"), 2, 0, 0, 0}, {}}};
  esteira_message message{};
  message.struct_size = sizeof(message) + 8;
  message.items = &items.front().item;
  message.items_count = items.size();
  message.item_size = sizeof(LargerItem);
  const auto received = esteira::abi::message_of(message);
  REQUIRE(received.items.size() == 2);
  CHECK(received.items[1].sku == "B");
  CHECK(received.items[1].qty == 2);
}

TEST_CASE("of a timer's functions exactly one is called") {
  struct Calls {
    int runs = 0;
    int drops = 0;
  } run_one, dropped_one;
  const auto schedule = [](const esteira_host& host, esteira_task* task, Calls& calls, std::int64_t delay) {
    host.after(
        task, delay, [](void* state, esteira_error*) { ++static_cast<Calls*>(state)->runs; },
        [](void* state) { ++static_cast<Calls*>(state)->drops; }, &calls);
  };
  TestContext context(esteira::testing::Timers::manual);
  run(
      [&](const esteira_host& host, const esteira_message&, esteira_task* task) {
        schedule(host, task, run_one, -5);
        schedule(host, task, dropped_one, 60'000);
      },
      context);
  context.advance(std::chrono::milliseconds(1));
  context.finish();
  CHECK(run_one.runs == 1);
  CHECK(run_one.drops == 0);
  CHECK(dropped_one.runs == 0);
  CHECK(dropped_one.drops == 1);
}

TEST_CASE("a log line of an unknown level is an error") {
  TestContext context;
  run(
      [](const esteira_host& host, const esteira_message&, esteira_task* task) {
        const esteira_log_field field{esteira::abi::text_of("sku"), esteira::abi::text_of("ABC")};
        host.log(task, 17, esteira::abi::text_of("odd"), &field, 1);
      },
      context);
  REQUIRE(context.logs().size() == 1);
  CHECK(context.logs().front().level == LogLevel::error);
  CHECK(context.logs().front().fields.at("sku") == "ABC");
}

TEST_CASE("a stage that cannot be created gives its reason") {
  CHECK_THROWS_WITH(PluginStage(scripted({}), Settings()), "no handler");
}

}  // namespace
