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
  return options;
}

JobResult judged(Outcome outcome, int attempt = 1) {
  auto job = std::make_shared<Job>();
  job->message.order_id = "1";
  job->message.attempt = attempt;
  return esteira::host::resolve_outcome({std::move(job), std::move(outcome)}, enrich_options());
}

}  // namespace

TEST_CASE("done keeps the data and goes on under the stage's routing key") {
  const auto result = judged(Outcome::done(R"({"score":1})").total(Money{150}));
  CHECK(result.effect.kind == StageResult::Kind::done);
  CHECK(result.effect.stage == "enrich");
  CHECK(result.effect.status == "processing");
  CHECK(result.effect.data == R"({"score":1})");
  CHECK(result.effect.routing_key == "order.enriched");
  CHECK(result.effect.total == Money{150});
}

TEST_CASE("done may go on under another routing key") {
  CHECK(judged(Outcome::done().routing_key("order.held")).effect.routing_key == "order.held");
}

TEST_CASE("data that cannot be kept is a failed attempt") {
  const auto data = GENERATE("1", "[]", "{", "null", "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}");
  const auto result = judged(Outcome::done(data));
  CHECK(result.effect.kind == StageResult::Kind::retry);
  CHECK(result.effect.detail.find("cannot be kept") != std::string::npos);
}

TEST_CASE("a routing key or a total that cannot be kept is a failed attempt") {
  CHECK(judged(Outcome::done().routing_key("Not A Key")).effect.kind == StageResult::Kind::retry);
  CHECK(judged(Outcome::done().total(Money{-1})).effect.kind == StageResult::Kind::retry);
  CHECK(judged(Outcome::done().total(Money{esteira::kMaxCents + 1})).effect.kind == StageResult::Kind::retry);
}

TEST_CASE("retries wait as the stage's list says, and the last attempt fails the order with the reason") {
  CHECK(judged(Outcome::retry("busy"), 1).retry_delay == seconds(1));
  CHECK(judged(Outcome::retry("busy"), 2).retry_delay == seconds(5));
  const auto last = judged(Outcome::retry("busy"), 3);
  CHECK(last.effect.kind == StageResult::Kind::failed);
  CHECK(last.effect.detail == "busy (attempt 3, the last)");
}

TEST_CASE("a wished delay is rounded up to one that there is") {
  CHECK(judged(Outcome::retry("busy", milliseconds(1))).retry_delay == seconds(1));
  CHECK(judged(Outcome::retry("busy", milliseconds(1001))).retry_delay == seconds(5));
  CHECK(judged(Outcome::retry("busy", seconds(60))).retry_delay == seconds(5));
}

TEST_CASE("fail is final") {
  const auto result = judged(Outcome::fail("no such customer"));
  CHECK(result.effect.kind == StageResult::Kind::failed);
  CHECK(result.effect.detail == "no such customer");
}

TEST_CASE("a reason is made presentable") {
  CHECK(judged(Outcome::fail("")).effect.detail == "no reason given");
  CHECK(judged(Outcome::fail(std::string("a\0b", 3))).effect.detail == "a b");
  CHECK(judged(Outcome::fail(std::string(5000, 'x'))).effect.detail.size() == 1000);
  CHECK(judged(Outcome::fail("bad \xff byte")).effect.detail == "bad \xEF\xBF\xBD byte");
}
