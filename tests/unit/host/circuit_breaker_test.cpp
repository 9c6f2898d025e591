#include "host/circuit_breaker.hpp"

#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "runtime/lifecycle/batch_queue.hpp"
#include "tests/support/wait.hpp"

using esteira::Outcome;
using esteira::host::BreakerMetrics;
using esteira::host::BreakerState;
using esteira::host::CircuitBreaker;
using esteira::host::HandlerResult;
using esteira::host::Job;
using esteira::host::JobPtr;
using esteira::test::wait_until;
using namespace std::chrono_literals;

namespace {

struct GivenBack {
  JobPtr job;
  std::chrono::milliseconds delay{0};
  std::string reason;
};

/// A breaker that opens at two failures. What it submits and records is in queues.
struct BreakerFixture {
  explicit BreakerFixture(std::chrono::milliseconds wait = 20ms, std::chrono::milliseconds hold_limit = 1h)
      : breaker({{{2, 4}, wait, 16}, hold_limit}, breaker_metrics,
                {.submit = [this](std::vector<JobPtr> jobs) { submitted.push_all(std::move(jobs)); },
                 .on_result = [this](HandlerResult&& result) { recorded.push(std::move(result)); },
                 .give_back =
                     [this](JobPtr job, std::chrono::milliseconds delay, const std::string& reason, bool) {
                       given_back.push({std::move(job), delay, reason});
                     },
                 .is_cancelled = [this](const std::string& order_id) { return is_cancelled(order_id); },
                 .cancel = [this](JobPtr job) { cancelled.push(std::move(job)); }}) {
    breaker.start();
  }

  JobPtr job() {
    auto made = std::make_shared<Job>();
    made->token = ++last_token;
    made->message.order_id = "order " + std::to_string(last_token);
    return made;
  }
  JobPtr started() {
    auto made = job();
    REQUIRE(breaker.admit(made));
    return made;
  }
  /// The next job that the breaker submits, as the executor admits it.
  JobPtr next() {
    const auto jobs = submitted.pop_for(1, 20s);
    REQUIRE(jobs.size() == 1);
    REQUIRE(breaker.admit(jobs.front()));
    return jobs.front();
  }
  void finish(const JobPtr& job, Outcome outcome) {
    breaker.accept({job, std::move(outcome), BreakerState::Clock::now()});
  }
  void fail(const JobPtr& job) { finish(job, Outcome::retry("the supplier is down")); }
  void answer(const JobPtr& job) { finish(job, Outcome::done()); }
  void open() {
    fail(started());
    fail(started());
    REQUIRE(breaker.state() == BreakerState::State::open);
    recorded.pop(2);
  }
  /// The open breaker keeps the jobs. The stage is paused meanwhile, so that none becomes a probe that is due already.
  void keep(const std::vector<JobPtr>& jobs) {
    breaker.set_paused(true, "");
    for (const auto& each : jobs) CHECK_FALSE(breaker.admit(each));
    breaker.set_paused(false, "");
  }
  void request_cancel(const std::string& order_id) {
    const std::lock_guard lock(mutex);
    to_cancel.insert(order_id);
  }
  bool is_cancelled(const std::string& order_id) {
    const std::lock_guard lock(mutex);
    return to_cancel.contains(order_id);
  }
  double metric(const std::string& series) {
    const auto text = metrics.text();
    const auto found = text.find("\n" + series + " ");
    return found == std::string::npos ? -1 : std::stod(text.substr(found + series.size() + 2));
  }

  esteira::runtime::Metrics metrics;
  BreakerMetrics breaker_metrics{metrics, "enrich"};
  esteira::runtime::BatchQueue<JobPtr> submitted;
  esteira::runtime::BatchQueue<HandlerResult> recorded;
  esteira::runtime::BatchQueue<GivenBack> given_back;
  esteira::runtime::BatchQueue<JobPtr> cancelled;
  std::mutex mutex;
  std::set<std::string> to_cancel;
  std::uint64_t last_token = 0;
  CircuitBreaker breaker;
};

}  // namespace

TEST_CASE("an open breaker starts nothing, and probes with one message after the other until one is answered") {
  BreakerFixture fixture;
  fixture.open();
  const std::vector<JobPtr> jobs{fixture.job(), fixture.job(), fixture.job()};
  fixture.keep(jobs);
  for (const std::size_t expected : {0U, 1U, 2U, 0U}) {
    const auto probe = fixture.next();
    CHECK(probe == jobs.at(expected));
    CHECK(fixture.breaker.state() == BreakerState::State::half_open);
    CHECK(fixture.breaker.places() == 0);
    CHECK(fixture.submitted.size() == 0);
    fixture.fail(probe);
  }
  CHECK(fixture.recorded.size() == 0);  // no probe was an attempt
  CHECK(fixture.metric("esteira_breaker_probes_total{outcome=\"failed\",stage=\"enrich\"}") == 4);
  fixture.answer(fixture.next());
  CHECK(fixture.breaker.state() == BreakerState::State::closed);
  CHECK(fixture.recorded.size() == 1);
  for (int i = 0; i < 2; ++i) fixture.answer(fixture.next());
  CHECK(fixture.recorded.size() == 3);
  CHECK(fixture.metric("esteira_breaker_transitions_total{stage=\"enrich\",to=\"open\"}") == 5);
  CHECK(fixture.metric("esteira_breaker_transitions_total{stage=\"enrich\",to=\"closed\"}") == 1);
  CHECK(fixture.metric("esteira_breaker_open_seconds_total{stage=\"enrich\"}") > 0);
  CHECK(wait_until([&] { return fixture.metric("esteira_held_messages{stage=\"enrich\"}") == 0; }));
}

TEST_CASE("a message that failed as a probe lets fresh ones go first") {
  BreakerFixture fixture;
  fixture.open();
  const auto poison = fixture.job();
  fixture.keep({poison});
  REQUIRE(fixture.next() == poison);
  fixture.fail(poison);
  REQUIRE(fixture.next() == poison);  // the only one
  const auto fresh = fixture.job();
  CHECK_FALSE(fixture.breaker.admit(fresh));
  fixture.fail(poison);
  CHECK(fixture.next() == fresh);
  fixture.answer(fresh);
  CHECK(fixture.next() == poison);
}

TEST_CASE("a message whose order failed before lets fresh ones go first") {
  BreakerFixture fixture;
  fixture.open();
  const auto repeated = std::make_shared<Job>(*fixture.job());
  repeated->message.attempt = 2;
  const auto fresh = fixture.job();
  fixture.keep({repeated, fresh});
  REQUIRE(fixture.next() == fresh);
  fixture.fail(fresh);
  REQUIRE(fixture.next() == repeated);  // each has failed once
  fixture.fail(repeated);
  REQUIRE(fixture.next() == fresh);
}

TEST_CASE("kept messages start as many at a time as have been answered") {
  BreakerFixture fixture;
  fixture.open();
  std::vector<JobPtr> jobs;
  jobs.reserve(15);
  for (int i = 0; i < 15; ++i) jobs.push_back(fixture.job());
  fixture.keep(jobs);
  fixture.answer(fixture.next());
  for (const std::size_t round : {1U, 2U, 4U}) {
    std::vector<JobPtr> running;
    running.reserve(round);
    for (std::size_t i = 0; i < round; ++i) running.push_back(fixture.next());
    CHECK(fixture.submitted.pop_for(1, 30ms).empty());
    for (const auto& job : running) fixture.answer(job);
  }
  CHECK(wait_until([&] { return fixture.submitted.size() == 7; }));
}

TEST_CASE("a fresh message is the probe when none is kept") {
  BreakerFixture fixture;
  fixture.open();
  REQUIRE(wait_until([&] { return fixture.breaker.places() == 1; }));
  const auto probe = fixture.job();
  CHECK(fixture.breaker.admit(probe));
  CHECK(fixture.breaker.state() == BreakerState::State::half_open);
  CHECK_FALSE(fixture.breaker.admit(fixture.job()));
  fixture.answer(probe);
  CHECK(fixture.breaker.state() == BreakerState::State::closed);
}

TEST_CASE("a failure of a handler that began before the breaker opened is no attempt") {
  BreakerFixture fixture;
  const auto late = fixture.started();
  fixture.open();
  fixture.fail(late);
  CHECK(fixture.recorded.size() == 0);
  CHECK(fixture.next() == late);
}

TEST_CASE("a probe that fails comes back no earlier than it asked for") {
  BreakerFixture fixture;
  fixture.open();
  const auto busy = fixture.job();
  fixture.keep({busy});
  REQUIRE(fixture.next() == busy);
  const auto asked = BreakerState::Clock::now();
  fixture.finish(busy, Outcome::retry("429", 700ms));
  fixture.keep({fixture.job()});
  const auto probe = fixture.next();
  CHECK(BreakerState::Clock::now() - asked >= 700ms);
  fixture.answer(probe);
}

TEST_CASE("a message that is kept for too long is given back") {
  BreakerFixture fixture(1h, 200ms);
  fixture.open();
  const auto job = fixture.job();
  CHECK_FALSE(fixture.breaker.admit(job));
  const auto given_back = fixture.given_back.pop_for(1, 20s);
  REQUIRE(given_back.size() == 1);
  CHECK(given_back.front().job == job);
  CHECK(given_back.front().delay >= 30ms);
  CHECK(given_back.front().reason == "held while the circuit breaker was open: the supplier is down");
}

TEST_CASE("messages that were given back for their time start slowly, too") {
  BreakerFixture fixture(20ms, 200ms);
  fixture.breaker.set_paused(true, "");
  CHECK_FALSE(fixture.breaker.admit(fixture.job()));
  REQUIRE(fixture.given_back.pop_for(1, 20s).size() == 1);
  fixture.breaker.set_paused(false, "");
  CHECK(fixture.breaker.places() == 1);
  const auto first = fixture.started();
  CHECK(fixture.breaker.places() == 0);
  fixture.answer(first);
  CHECK(fixture.breaker.places() == 2);
}

TEST_CASE("a message that waited elsewhere for too long is given back at once") {
  BreakerFixture fixture(1h, 200ms);
  fixture.open();
  auto job = std::make_shared<Job>(*fixture.job());
  job->received -= 1s;
  fixture.breaker.give_back(job);
  const auto given_back = fixture.given_back.pop_for(1, 20s);
  REQUIRE(given_back.size() == 1);
  CHECK(given_back.front().job == job);
}

TEST_CASE("a kept message whose order is to be cancelled leaves without a run") {
  BreakerFixture fixture;
  fixture.breaker.set_paused(true, "");
  const auto other = fixture.job();
  const auto job = fixture.job();
  CHECK_FALSE(fixture.breaker.admit(other));
  CHECK_FALSE(fixture.breaker.admit(job));
  fixture.request_cancel(job->message.order_id);
  const auto cancelled = fixture.cancelled.pop_for(1, 20s);
  REQUIRE(cancelled.size() == 1);
  CHECK(cancelled.front() == job);
  fixture.breaker.set_paused(false, "");
  CHECK(fixture.next() == other);
  fixture.answer(other);
  CHECK(fixture.submitted.pop_for(1, 30ms).empty());
}

TEST_CASE("a probe that asks for a longer delay than a message may be held is given back with that delay") {
  BreakerFixture fixture(20ms, 10s);
  fixture.open();
  const auto job = fixture.job();
  fixture.keep({job});
  fixture.finish(fixture.next(), Outcome::retry("429", 60s));
  const auto given_back = fixture.given_back.pop_for(1, 20s);
  REQUIRE(given_back.size() == 1);
  CHECK(given_back.front().delay > 50s);
}

TEST_CASE("a probe that asks for an endless delay is given back too") {
  BreakerFixture fixture(20ms, 10s);
  fixture.open();
  fixture.keep({fixture.job()});
  fixture.finish(fixture.next(), Outcome::retry("429", std::chrono::milliseconds::max()));
  const auto given_back = fixture.given_back.pop_for(1, 20s);
  REQUIRE(given_back.size() == 1);
  CHECK(given_back.front().delay > 1h);
}

TEST_CASE("a paused stage starts nothing and sends no probe, and starts slowly when it is resumed") {
  BreakerFixture fixture;
  fixture.breaker.set_paused(true, "maintenance");
  std::vector<JobPtr> jobs;
  for (int i = 0; i < 4; ++i) {
    jobs.push_back(fixture.job());
    CHECK_FALSE(fixture.breaker.admit(jobs.back()));
  }
  CHECK(fixture.submitted.pop_for(1, 50ms).empty());
  CHECK(fixture.breaker.places() == 0);
  CHECK(fixture.breaker.describe() == "closed; the stage is paused: maintenance; 4 messages are held");
  fixture.breaker.set_paused(false, "");
  const auto first = fixture.next();
  CHECK(fixture.submitted.pop_for(1, 30ms).empty());
  fixture.answer(first);
  for (int i = 0; i < 2; ++i) fixture.answer(fixture.next());
  fixture.answer(fixture.next());
}

TEST_CASE("a pause while the breaker is open stops its probes, and a resume does not close it") {
  BreakerFixture fixture;
  fixture.open();
  const auto job = fixture.job();
  fixture.keep({job});
  const auto submitted = fixture.submitted.pop_for(1, 20s);  // the probe, which has not begun
  REQUIRE(submitted.size() == 1);
  fixture.breaker.set_paused(true, "");
  CHECK(fixture.breaker.state() == BreakerState::State::open);
  CHECK_FALSE(fixture.breaker.admit(job));
  CHECK(fixture.submitted.pop_for(1, 100ms).empty());
  fixture.breaker.set_paused(false, "");
  CHECK(fixture.breaker.state() != BreakerState::State::closed);
  fixture.answer(fixture.next());
  CHECK(fixture.breaker.state() == BreakerState::State::closed);
}

TEST_CASE("a failed probe of the quarantine leaves it, and its handler has not crashed the host") {
  BreakerFixture fixture;
  fixture.open();
  auto guarded = std::make_shared<Job>(*fixture.job());
  guarded->quarantine_guard = std::make_shared<int>();
  const std::weak_ptr<const void> guard = guarded->quarantine_guard;
  REQUIRE(wait_until([&] { return fixture.breaker.places() == 1; }));
  REQUIRE(fixture.breaker.admit(guarded));
  fixture.fail(guarded);
  guarded.reset();
  CHECK(guard.expired());
}

TEST_CASE("a breaker that stops starts nothing any more") {
  BreakerFixture fixture;
  fixture.open();
  fixture.keep({fixture.job()});
  fixture.breaker.stop();
  fixture.submitted.pop_for(8, 1ms);
  CHECK(fixture.submitted.pop_for(1, 60ms).empty());
}
