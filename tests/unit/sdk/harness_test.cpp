#include <catch2/catch.hpp>
#include <chrono>
#include <esteira/testing.hpp>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace {

using esteira::Context;
using esteira::Message;
using esteira::Outcome;
using esteira::Task;
using esteira::testing::run;
using esteira::testing::sample_message;
using esteira::testing::TestContext;
using esteira::testing::Timers;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;

class Blocking final : public esteira::Stage {
 public:
  explicit Blocking(std::function<Outcome(Context&)> work) : work_(std::move(work)) {}
  Outcome handle(const Message& /*message*/, Context& context) override { return work_(context); }

 private:
  std::function<Outcome(Context&)> work_;
};

class Waiting final : public esteira::AsyncStage {
 public:
  explicit Waiting(std::function<void(Task)> work) : work_(std::move(work)) {}
  void start(Task task) override { work_(std::move(task)); }

 private:
  std::function<void(Task)> work_;
};

TEST_CASE("the harness returns a blocking stage's outcome and records its logs and metrics") {
  TestContext context;
  Blocking stage([](Context& given) {
    given.log(esteira::LogLevel::warn, "odd", {{"sku", "ABC"}});
    given.count("odd_things", 2);
    given.observe("thinking", 1ms);
    return Outcome::done("{}");
  });
  CHECK(run(stage, sample_message(), context).kind() == Outcome::Kind::done);
  REQUIRE(context.logs().size() == 1);
  CHECK(context.logs().front().fields.at("sku") == "ABC");
  CHECK(context.counted("odd_things") == 2);
  CHECK(context.observed("thinking").size() == 1);
}

TEST_CASE("an exception of a handler becomes a retry with its text") {
  TestContext context;
  Blocking stage([](Context&) -> Outcome { throw std::runtime_error("no paper"); });
  const auto outcome = run(stage, sample_message(), context);
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK(outcome.reason() == "no paper");
}

TEST_CASE("an async stage may complete a task from another thread") {
  TestContext context;
  std::thread worker;
  Waiting stage([&worker](Task task) {
    worker = std::thread([task = std::move(task)] { task.complete(Outcome::fail("not ours")); });
  });
  CHECK(run(stage, sample_message(), context).reason() == "not ours");
  worker.join();
}

TEST_CASE("only the first outcome of a task counts") {
  TestContext context;
  Waiting stage([](const Task& task) {
    task.complete(Outcome::done());
    task.complete(Outcome::fail("too late"));
  });
  CHECK(run(stage, sample_message(), context).kind() == Outcome::Kind::done);
}

TEST_CASE("a dropped task and an exception of start become retries") {
  TestContext context;
  Waiting dropping([](const Task&) {});
  CHECK(run(dropping, sample_message(), context).kind() == Outcome::Kind::retry);
  Waiting throwing([](const Task&) { throw 42; });
  CHECK(run(throwing, sample_message(), context).reason() == "unknown exception");
}

TEST_CASE("a real timer fires on its own") {
  TestContext context;
  Waiting stage([](const Task& task) { task.context().after(1ms, [task] { task.complete(Outcome::done()); }); });
  CHECK(run(stage, sample_message(), context).kind() == Outcome::Kind::done);
}

TEST_CASE("manual timers fire when the test advances the time") {
  TestContext context(Timers::manual);
  Waiting stage([](const Task& task) { task.context().after(1h, [task] { task.complete(Outcome::done()); }); });
  const auto call = esteira::testing::start(stage, sample_message(), context);
  context.advance(59min);
  CHECK_FALSE(call->wait_for(0ms));
  CHECK(context.timers_waiting() == 1);
  context.advance(1min);
  CHECK(call->wait_for(0ms)->kind() == Outcome::Kind::done);
}

TEST_CASE("request_stop is visible to the handler and drops timers") {
  TestContext context(Timers::manual);
  Waiting stage([](const Task& task) { task.context().after(1h, [task] { task.complete(Outcome::done()); }); });
  const auto call = esteira::testing::start(stage, sample_message(), context);
  CHECK_FALSE(context.stop_requested());
  context.request_stop();
  CHECK(context.stop_requested());
  CHECK(call->wait_for(0ms)->kind() == Outcome::Kind::retry);
}

TEST_CASE("a handler learns that its order is to be cancelled") {
  TestContext context;
  CHECK_FALSE(context.cancelled());
  context.cancel();
  CHECK(context.cancelled());
}

TEST_CASE("an async stage without an outcome before the deadline is a retry") {
  std::vector<Task> kept;  // destroyed before the context
  TestContext context(Timers::real, 1ms);
  Waiting stage([&kept](Task task) { kept.push_back(std::move(task)); });
  CHECK(run(stage, sample_message(), context).reason() == "no outcome before the deadline");
  CHECK(context.stop_requested());
  kept.clear();
}

}  // namespace
