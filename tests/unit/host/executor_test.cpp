#include "host/executor.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

#include "runtime/lifecycle/batch_queue.hpp"
#include "tests/support/wait.hpp"

using esteira::Context;
using esteira::Message;
using esteira::Outcome;
using esteira::Task;
using esteira::host::Executor;
using esteira::host::HandlerResult;
using esteira::host::Job;
using esteira::test::wait_until;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

class BlockingStage final : public esteira::Stage {
 public:
  using Body = std::function<Outcome(const Message&, Context&)>;
  explicit BlockingStage(Body body) : body_(std::move(body)) {}
  Outcome handle(const Message& message, Context& context) override { return body_(message, context); }

 private:
  const Body body_;
};

class WaitingStage final : public esteira::AsyncStage {
 public:
  using Body = std::function<void(Task)>;
  explicit WaitingStage(Body body) : body_(std::move(body)) {}
  void start(Task task) override { body_(std::move(task)); }

 private:
  const Body body_;
};

struct Workshop {
  Workshop(BlockingStage::Body body, Executor::Options options)
      : executor({std::make_shared<BlockingStage>(std::move(body)), nullptr}, options, plugin_metrics, host_metrics,
                 deliver()) {}
  Workshop(WaitingStage::Body body, Executor::Options options)
      : executor({nullptr, std::make_shared<WaitingStage>(std::move(body))}, options, plugin_metrics, host_metrics,
                 deliver()) {}

  Executor::Deliver deliver() {
    return [this](HandlerResult&& result) { results.push(std::move(result)); };
  }

  Outcome run_one() {
    submit();
    return next();
  }

  void submit() { executor.submit({std::make_shared<Job>()}); }

  /// A message of each attempt, handed over at once.
  void submit_together(const std::vector<int>& attempts) {
    std::vector<esteira::host::JobPtr> jobs;
    for (const auto attempt : attempts) {
      auto job = std::make_shared<Job>();
      job->message.attempt = attempt;
      jobs.push_back(std::move(job));
    }
    executor.submit(std::move(jobs));
  }

  Outcome next() {
    auto batch = results.pop_for(1, seconds(30));
    if (batch.empty()) throw std::runtime_error("no outcome came");
    return std::move(batch.front().outcome);
  }

  esteira::runtime::Metrics metrics;
  esteira::host::HostMetrics host_metrics{metrics, "s"};
  esteira::host::PluginMetrics plugin_metrics{metrics, "s"};
  esteira::runtime::BatchQueue<HandlerResult> results;
  Executor executor;
};

Executor::Options slots(std::size_t count, milliseconds timeout = seconds(60)) { return {count, timeout}; }

}  // namespace

TEST_CASE("a blocking handler's outcome is delivered") {
  Workshop shop([](const Message&, Context&) { return Outcome::done("{}"); }, slots(2));
  CHECK(shop.run_one().kind() == Outcome::Kind::done);
}

TEST_CASE("what a handler throws is a retry with its text") {
  Workshop shop([](const Message&, Context&) -> Outcome { throw std::runtime_error("the wire is cut"); }, slots(1));
  const auto outcome = shop.run_one();
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK(outcome.reason() == "the handler threw: the wire is cut");
}

TEST_CASE("a thrown thing that is no exception is a retry too") {
  Workshop shop([](const Message&, Context&) -> Outcome { throw 7; }, slots(1));
  CHECK(shop.run_one().kind() == Outcome::Kind::retry);
}

TEST_CASE("a handler that overruns its time holds one slot, and its message goes on") {
  std::atomic<bool> release{false};
  std::atomic<int> calls{0};
  Workshop shop(
      [&](const Message&, Context&) {
        if (calls++ == 0) wait_until([&] { return release.load(); });
        return Outcome::done();
      },
      slots(2, milliseconds(50)));
  shop.submit();
  CHECK(shop.next().kind() == Outcome::Kind::retry);
  CHECK(shop.run_one().kind() == Outcome::Kind::done);
  CHECK(shop.executor.unready_reason().empty());
  release = true;
}

TEST_CASE("a message never waits behind a slow handler while a slot is free") {
  std::atomic<bool> release{false};
  std::atomic<int> slow{0};
  Workshop shop(
      [&](const Message& message, Context&) {
        if (message.attempt == 1) return Outcome::done();
        ++slow;
        wait_until([&] { return release.load(); });
        return Outcome::fail("slow");
      },
      slots(4));
  for (int round = 0; round < 100; ++round) {
    slow = 0;
    release = false;
    shop.submit_together({2, 1, 2, 1, 1, 2, 1});
    for (int i = 0; i < 4; ++i) CHECK(shop.next().kind() == Outcome::Kind::done);
    CHECK(wait_until([&] { return slow == 3; }));
    release = true;
    for (int i = 0; i < 3; ++i) CHECK(shop.next().kind() == Outcome::Kind::fail);
  }
}

TEST_CASE("when every slot is held by an overrun handler the executor says so, until one returns") {
  std::atomic<bool> release{false};
  Workshop shop(
      [&](const Message&, Context&) {
        wait_until([&] { return release.load(); });
        return Outcome::done();
      },
      slots(2, milliseconds(20)));
  shop.submit();
  shop.submit();
  CHECK(wait_until([&] { return !shop.executor.unready_reason().empty(); }));
  release = true;
  CHECK(wait_until([&] { return shop.executor.unready_reason().empty(); }));
}

TEST_CASE("an asynchronous stage completes later, from a timer") {
  Workshop shop(WaitingStage::Body([](const Task& task) {
                  task.context().after(milliseconds(5), [task] { task.complete(Outcome::done(R"({"a":1})")); });
                }),
                slots(1));
  CHECK(shop.run_one().data() == R"({"a":1})");
}

TEST_CASE("an asynchronous stage that never completes is a retry at its deadline") {
  std::vector<Task> kept;
  Workshop shop(WaitingStage::Body([&](const Task& task) { kept.push_back(task); }), slots(1, milliseconds(20)));
  CHECK(shop.run_one().kind() == Outcome::Kind::retry);
  kept.front().complete(Outcome::done());
  CHECK(shop.results.size() == 0);
  kept.clear();
}

TEST_CASE("a task that is dropped is a retry at once") {
  Workshop shop(WaitingStage::Body([](const Task&) {}), slots(1));
  CHECK(shop.run_one().reason() == "the handler dropped the message without an outcome");
}

TEST_CASE("of two completions the first counts") {
  Workshop shop(WaitingStage::Body([](const Task& task) {
                  task.complete(Outcome::done());
                  task.complete(Outcome::fail("too late"));
                }),
                slots(1));
  CHECK(shop.run_one().kind() == Outcome::Kind::done);
  CHECK(shop.results.size() == 0);
}

TEST_CASE("stopping lets a running handler finish, and leaves what has not begun") {
  std::atomic<bool> begun{false};
  Workshop shop(
      [&](const Message&, Context& context) {
        begun = true;
        wait_until([&] { return context.stop_requested(); });
        return Outcome::done();
      },
      slots(1));
  shop.submit();
  REQUIRE(wait_until([&] { return begun.load(); }));
  shop.submit();
  CHECK(shop.executor.stop(seconds(30)));
  CHECK(shop.results.size() == 1);
}

TEST_CASE("a retry given because the host stops is no outcome") {
  std::atomic<bool> begun{false};
  Workshop shop(
      [&](const Message&, Context& context) {
        begun = true;
        wait_until([&] { return context.stop_requested(); });
        return Outcome::retry("interrupted");
      },
      slots(1));
  shop.submit();
  REQUIRE(wait_until([&] { return begun.load(); }));
  CHECK(shop.executor.stop(seconds(30)));
  CHECK(shop.results.size() == 0);
}

TEST_CASE("an executor can go while asynchronous work waits on its timers") {
  Workshop shop(WaitingStage::Body([](const Task& task) {
                  task.context().after(seconds(60), [task] { task.complete(Outcome::done()); });
                }),
                slots(1));
  shop.submit();
  CHECK(shop.executor.stop(milliseconds(20)));
}
