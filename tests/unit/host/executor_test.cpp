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

class AsyncStage final : public esteira::AsyncStage {
 public:
  using Body = std::function<void(Task)>;
  explicit AsyncStage(Body body) : body_(std::move(body)) {}
  void start(Task task) override { body_(std::move(task)); }

 private:
  const Body body_;
};

struct ExecutorFixture {
  ExecutorFixture(BlockingStage::Body body, Executor::Options options)
      : executor({std::make_shared<BlockingStage>(std::move(body)), nullptr}, std::move(options), plugin_metrics,
                 host_metrics, on_result()) {}
  ExecutorFixture(AsyncStage::Body body, Executor::Options options)
      : executor({nullptr, std::make_shared<AsyncStage>(std::move(body))}, std::move(options), plugin_metrics,
                 host_metrics, on_result()) {}

  Executor::OnResult on_result() {
    return [this](HandlerResult&& result) { results.push(std::move(result)); };
  }

  Outcome run_one() {
    submit();
    return next();
  }

  void submit() { executor.submit({std::make_shared<Job>()}); }

  /// Submits one job for each attempt, all in one call.
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
    if (batch.empty()) throw std::runtime_error("no outcome within 30 s");
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
  ExecutorFixture fixture([](const Message&, Context&) { return Outcome::done("{}"); }, slots(2));
  CHECK(fixture.run_one().kind() == Outcome::Kind::done);
}

TEST_CASE("an exception of the handler is a retry with its text") {
  ExecutorFixture fixture([](const Message&, Context&) -> Outcome { throw std::runtime_error("connection reset"); },
                          slots(1));
  const auto outcome = fixture.run_one();
  CHECK(outcome.kind() == Outcome::Kind::retry);
  CHECK(outcome.reason() == "the handler threw: connection reset");
}

TEST_CASE("a thrown value that is not a std::exception is a retry") {
  ExecutorFixture fixture([](const Message&, Context&) -> Outcome { throw 7; }, slots(1));
  CHECK(fixture.run_one().kind() == Outcome::Kind::retry);
}

TEST_CASE("a handler that exceeds its timeout occupies one slot, and its message is retried") {
  std::atomic<bool> release{false};
  std::atomic<int> calls{0};
  ExecutorFixture fixture(
      [&](const Message&, Context&) {
        if (calls++ == 0) wait_until([&] { return release.load(); });
        return Outcome::done();
      },
      slots(2, milliseconds(50)));
  fixture.submit();
  CHECK(fixture.next().kind() == Outcome::Kind::retry);
  CHECK(fixture.run_one().kind() == Outcome::Kind::done);
  CHECK(fixture.executor.unready_reason().empty());
  release = true;
}

TEST_CASE("a job does not wait behind a slow handler while a slot is free") {
  std::atomic<bool> release{false};
  std::atomic<int> slow{0};
  ExecutorFixture fixture(
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
    fixture.submit_together({2, 1, 2, 1, 1, 2, 1});
    for (int i = 0; i < 4; ++i) CHECK(fixture.next().kind() == Outcome::Kind::done);
    CHECK(wait_until([&] { return slow == 3; }));
    release = true;
    for (int i = 0; i < 3; ++i) CHECK(fixture.next().kind() == Outcome::Kind::fail);
  }
}

TEST_CASE("the executor is unready while every slot is occupied by a handler that exceeded its timeout") {
  std::atomic<bool> release{false};
  ExecutorFixture fixture(
      [&](const Message&, Context&) {
        wait_until([&] { return release.load(); });
        return Outcome::done();
      },
      slots(2, milliseconds(20)));
  fixture.submit();
  fixture.submit();
  CHECK(wait_until([&] { return !fixture.executor.unready_reason().empty(); }));
  release = true;
  CHECK(wait_until([&] { return fixture.executor.unready_reason().empty(); }));
}

TEST_CASE("an asynchronous stage can complete a job from a timer") {
  ExecutorFixture fixture(AsyncStage::Body([](const Task& task) {
                            task.context().after(milliseconds(5),
                                                 [task] { task.complete(Outcome::done(R"({"a":1})")); });
                          }),
                          slots(1));
  CHECK(fixture.run_one().data() == R"({"a":1})");
}

TEST_CASE("a job that an asynchronous stage never completes is a retry at its deadline") {
  std::vector<Task> tasks;
  ExecutorFixture fixture(AsyncStage::Body([&](const Task& task) { tasks.push_back(task); }),
                          slots(1, milliseconds(20)));
  CHECK(fixture.run_one().kind() == Outcome::Kind::retry);
  tasks.front().complete(Outcome::done());
  CHECK(fixture.results.size() == 0);
  tasks.clear();
}

TEST_CASE("a task that the stage drops is a retry at once") {
  ExecutorFixture fixture(AsyncStage::Body([](const Task&) {}), slots(1));
  CHECK(fixture.run_one().reason() == "the handler dropped the message without an outcome");
}

TEST_CASE("the second completion of a task is ignored") {
  ExecutorFixture fixture(AsyncStage::Body([](const Task& task) {
                            task.complete(Outcome::done());
                            task.complete(Outcome::fail("too late"));
                          }),
                          slots(1));
  CHECK(fixture.run_one().kind() == Outcome::Kind::done);
  CHECK(fixture.results.size() == 0);
}

TEST_CASE("a stop lets a running handler finish and drops queued jobs") {
  std::atomic<bool> started{false};
  ExecutorFixture fixture(
      [&](const Message&, Context& context) {
        started = true;
        wait_until([&] { return context.stop_requested(); });
        return Outcome::done();
      },
      slots(1));
  fixture.submit();
  REQUIRE(wait_until([&] { return started.load(); }));
  fixture.submit();
  CHECK(fixture.executor.stop(seconds(30)));
  CHECK(fixture.results.size() == 1);
}

TEST_CASE("a handler learns that its order is to be cancelled, and only that one") {
  std::atomic<bool> is_requested{false};
  auto options = slots(2);
  options.is_cancelled = [&](const std::string& order_id) { return is_requested && order_id == "cancelled"; };
  ExecutorFixture fixture(
      [](const Message& message, Context& context) {
        if (message.order_id != "cancelled") return context.cancelled() ? Outcome::fail("wrong") : Outcome::done();
        return wait_until([&] { return context.cancelled(); }) ? Outcome::snooze(milliseconds(0), "gave up")
                                                               : Outcome::fail("never told");
      },
      options);
  auto job = std::make_shared<Job>();
  job->message.order_id = "cancelled";
  fixture.executor.submit({job});
  fixture.submit();
  CHECK(fixture.next().kind() == Outcome::Kind::done);
  is_requested = true;
  CHECK(fixture.next().kind() == Outcome::Kind::snooze);
}

TEST_CASE("a retry after the stop is dropped") {
  std::atomic<bool> started{false};
  ExecutorFixture fixture(
      [&](const Message&, Context& context) {
        started = true;
        wait_until([&] { return context.stop_requested(); });
        return Outcome::retry("interrupted");
      },
      slots(1));
  fixture.submit();
  REQUIRE(wait_until([&] { return started.load(); }));
  CHECK(fixture.executor.stop(seconds(30)));
  CHECK(fixture.results.size() == 0);
}

TEST_CASE("the executor can be destroyed while a timer of an asynchronous stage is scheduled") {
  ExecutorFixture fixture(AsyncStage::Body([](const Task& task) {
                            task.context().after(seconds(60), [task] { task.complete(Outcome::done()); });
                          }),
                          slots(1));
  fixture.submit();
  CHECK(fixture.executor.stop(milliseconds(20)));
}

TEST_CASE("a paused executor keeps submitted jobs aside until it resumes") {
  ExecutorFixture fixture([](const Message&, Context&) { return Outcome::done(); }, slots(1));
  fixture.executor.pause();
  fixture.submit();
  CHECK_FALSE(fixture.executor.is_busy());
  fixture.executor.submit_while_paused({std::make_shared<Job>()});
  CHECK(fixture.next().kind() == Outcome::Kind::done);
  CHECK(wait_until([&] { return !fixture.executor.is_busy(); }));
  CHECK(fixture.results.size() == 0);
  fixture.executor.resume();
  CHECK(fixture.next().kind() == Outcome::Kind::done);
}

TEST_CASE("a job whose handler may not start leaves the executor without an outcome") {
  struct ClosedGate final : esteira::host::StartGate {
    bool admit(const esteira::host::JobPtr& job) override {
      kept.push(job);
      return false;
    }
    [[nodiscard]] std::size_t places() const override { return 0; }
    esteira::runtime::BatchQueue<esteira::host::JobPtr> kept;
  } gate;
  ExecutorFixture fixture([](const Message&, Context&) { return Outcome::done(); }, {.concurrency = 2, .gate = &gate});
  for (int i = 0; i < 3; ++i) fixture.submit();
  CHECK(wait_until([&] { return gate.kept.size() == 3; }));
  CHECK(wait_until([&] { return !fixture.executor.is_busy(); }));
  CHECK(fixture.results.size() == 0);
  CHECK(fixture.executor.places() == 0);
}
