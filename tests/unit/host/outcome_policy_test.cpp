#include "host/outcome_policy.hpp"

#include <catch2/catch.hpp>

using esteira::Money;
using esteira::Outcome;
using esteira::host::Job;
using esteira::host::JobResult;
using esteira::host::StageOptions;
using esteira::runtime::orders::StageResult;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

StageOptions enrich_options() {
  StageOptions options;
  options.exchange = "orders";
  options.stage = "enrich";
  options.publishes = "order.enriched";
  options.status = "processing";
  options.retry_delays = {seconds(1), seconds(5)};
  options.snooze_limit = std::chrono::hours(1);
  return options;
}

/// `snoozing`: the time since the first snooze; 0: none.
JobResult resolve(Outcome outcome, int attempt = 1, milliseconds snoozing = {}) {
  auto job = std::make_shared<Job>();
  job->message.order_id = "1";
  job->message.attempt = attempt;
  job->event = "order.created";
  job->body = "as received";
  if (snoozing.count() > 0) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    job->snoozes = 4;
    job->snoozed_since = std::chrono::duration_cast<milliseconds>(now - snoozing).count();
  }
  return esteira::host::resolve_outcome({std::move(job), std::move(outcome)}, enrich_options());
}

}  // namespace

TEST_CASE("done stores the data and publishes under the stage's routing key") {
  const auto result = resolve(Outcome::done(R"({"score":1})").total(Money{150}));
  CHECK(result.stage_result.kind == StageResult::Kind::done);
  CHECK(result.stage_result.stage == "enrich");
  CHECK(result.stage_result.status == "processing");
  CHECK(result.stage_result.data == R"({"score":1})");
  CHECK(result.stage_result.routing_key == "order.enriched");
  CHECK(result.stage_result.total == Money{150});
}

TEST_CASE("an outcome can name another routing key") {
  CHECK(resolve(Outcome::done().routing_key("order.held")).stage_result.routing_key == "order.held");
}

TEST_CASE("data that cannot be stored is a failed attempt") {
  const auto data = GENERATE("1", "[]", "{", "null", "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}");
  const auto result = resolve(Outcome::done(data));
  CHECK(result.stage_result.kind == StageResult::Kind::retry);
  CHECK(result.stage_result.detail.find("cannot be stored") != std::string::npos);
}

TEST_CASE("an invalid routing key or total is a failed attempt") {
  CHECK(resolve(Outcome::done().routing_key("Not A Key")).stage_result.kind == StageResult::Kind::retry);
  CHECK(resolve(Outcome::done().total(Money{-1})).stage_result.kind == StageResult::Kind::retry);
  CHECK(resolve(Outcome::done().total(Money{esteira::kMaxCents + 1})).stage_result.kind == StageResult::Kind::retry);
}

TEST_CASE("retries use the stage's delays, and the last attempt fails the order with the reason") {
  CHECK(resolve(Outcome::retry("busy"), 1).retry_delay == seconds(1));
  CHECK(resolve(Outcome::retry("busy"), 2).retry_delay == seconds(5));
  const auto last = resolve(Outcome::retry("busy"), 3);
  CHECK(last.stage_result.kind == StageResult::Kind::failed);
  CHECK(last.stage_result.detail == "busy (attempt 3, the last)");
}

TEST_CASE("a delay that the handler asks for is honoured, and only a listed one uses a retry queue") {
  const auto asked = [](milliseconds delay) { return resolve(Outcome::retry("busy", delay)); };
  CHECK(asked(seconds(5)).retry_delay == seconds(5));
  CHECK(asked(seconds(5)).stage_result.schedule == nullptr);
  CHECK(resolve(Outcome::retry("busy")).stage_result.schedule == nullptr);
  for (const auto delay : {milliseconds(1), milliseconds(1001), milliseconds(60'000)}) {
    const auto result = asked(delay);
    CHECK(result.stage_result.kind == StageResult::Kind::retry);
    CHECK(result.retry_delay == delay);
    REQUIRE(result.stage_result.schedule != nullptr);
    CHECK(result.stage_result.schedule->delay == delay);
  }
}

TEST_CASE("a retry delay of zero or less asks for none, and one beyond the snooze limit is cut to it") {
  CHECK(resolve(Outcome::retry("busy", milliseconds(0))).retry_delay == seconds(1));
  CHECK(resolve(Outcome::retry("busy", milliseconds(-5)), 2).retry_delay == seconds(5));
  CHECK(resolve(Outcome::retry("busy", milliseconds::max())).retry_delay == std::chrono::hours(1));
}

TEST_CASE("a delay that the handler asks for adds no attempt") {
  CHECK(resolve(Outcome::retry("busy", seconds(60)), 3).stage_result.kind == StageResult::Kind::failed);
}

TEST_CASE("a snooze keeps the attempt and schedules the message as it was received") {
  const auto result = resolve(Outcome::snooze(seconds(60), "on its way"), 3);
  CHECK(result.stage_result.kind == StageResult::Kind::snooze);
  CHECK(result.stage_result.attempt == 3);
  CHECK(result.stage_result.detail == "on its way");
  REQUIRE(result.stage_result.schedule != nullptr);
  CHECK(result.stage_result.schedule->delay == seconds(60));
  CHECK(result.stage_result.schedule->exchange == "orders");
  CHECK(result.stage_result.schedule->event == "order.created");
  CHECK(result.stage_result.schedule->body == "as received");
}

TEST_CASE("a snooze delay has at least a millisecond and ends at the snooze limit") {
  CHECK(resolve(Outcome::snooze(milliseconds(-1), "x")).retry_delay == milliseconds(1));
  CHECK(resolve(Outcome::snooze(milliseconds::max(), "x")).retry_delay == std::chrono::hours(1));
  const auto later = resolve(Outcome::snooze(std::chrono::hours(1), "x"), 1, seconds(3000)).retry_delay;
  CHECK(later > seconds(500));
  CHECK(later <= seconds(600));
}

TEST_CASE("a snooze after the limit is a failed attempt") {
  const auto result = resolve(Outcome::snooze(seconds(1), "on its way"), 1, std::chrono::hours(1));
  CHECK(result.stage_result.kind == StageResult::Kind::retry);
  CHECK(result.stage_result.detail == "on its way (snoozed 4 times until ESTEIRA_SNOOZE_LIMIT)");
  const auto last = resolve(Outcome::snooze(seconds(1), "on its way"), 3, std::chrono::hours(1));
  CHECK(last.stage_result.kind == StageResult::Kind::failed);
}

TEST_CASE("a held message keeps its attempt, and one that is held beyond the snooze limit uses it") {
  const auto job_since = [](std::int64_t since) {
    Job job;
    job.message.attempt = 2;
    job.snoozed_since = since;
    return std::make_shared<const Job>(job);
  };
  const auto options = enrich_options();
  const auto held = make_held_result(job_since(0), options, seconds(60), "held", true);
  CHECK(held.is_held);
  CHECK(held.stage_result.kind == StageResult::Kind::snooze);
  CHECK(held.stage_result.attempt == 2);
  CHECK(held.stage_result.schedule->delay == seconds(60));
  CHECK(make_held_result(job_since(1), options, seconds(60), "held", true).stage_result.kind ==
        StageResult::Kind::retry);
  CHECK(make_held_result(job_since(1), options, seconds(60), "held", false).stage_result.kind ==
        StageResult::Kind::snooze);
}

TEST_CASE("fail is not retried") {
  const auto result = resolve(Outcome::fail("no such customer"));
  CHECK(result.stage_result.kind == StageResult::Kind::failed);
  CHECK(result.stage_result.detail == "no such customer");
}

TEST_CASE("only fail has the stage's refused event, not retries that are used up and not poison messages") {
  auto options = enrich_options();
  options.refused = "order.refused";
  const auto resolve_with = [&](Outcome outcome) {
    auto job = std::make_shared<Job>();
    job->message.attempt = 3;
    return esteira::host::resolve_outcome({std::move(job), std::move(outcome)}, options).stage_result;
  };
  const auto refused = resolve_with(Outcome::fail("no stock"));
  CHECK(refused.kind == StageResult::Kind::failed);
  CHECK(refused.detail == "no stock");
  CHECK(refused.routing_key == "order.refused");
  CHECK(resolve_with(Outcome::fail("no stock").routing_key("order.held")).routing_key == "order.refused");
  const auto exhausted = resolve_with(Outcome::retry("busy"));
  CHECK(exhausted.kind == StageResult::Kind::failed);
  CHECK(exhausted.routing_key.empty());
  CHECK(resolve_with(Outcome::done("not JSON")).routing_key.empty());
  CHECK(make_failed_result(std::make_shared<Job>(), options, "crashed").stage_result.routing_key.empty());
  CHECK(resolve(Outcome::fail("no stock")).stage_result.routing_key.empty());
}

TEST_CASE("a reason is cleaned and shortened") {
  CHECK(resolve(Outcome::fail("")).stage_result.detail == "no reason given");
  CHECK(resolve(Outcome::fail(std::string("a\0b", 3))).stage_result.detail == "a b");
  CHECK(resolve(Outcome::fail(std::string(5000, 'x'))).stage_result.detail.size() == 1000);
  CHECK(resolve(Outcome::fail("bad \xff byte")).stage_result.detail == "bad \xEF\xBF\xBD byte");
}
