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

JobResult resolve(Outcome outcome, int attempt = 1) {
  auto job = std::make_shared<Job>();
  job->message.order_id = "1";
  job->message.attempt = attempt;
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

TEST_CASE("a delay that the handler asks for is rounded up to one of the stage's delays") {
  CHECK(resolve(Outcome::retry("busy", milliseconds(1))).retry_delay == seconds(1));
  CHECK(resolve(Outcome::retry("busy", milliseconds(1001))).retry_delay == seconds(5));
  CHECK(resolve(Outcome::retry("busy", seconds(60))).retry_delay == seconds(5));
}

TEST_CASE("fail is not retried") {
  const auto result = resolve(Outcome::fail("no such customer"));
  CHECK(result.stage_result.kind == StageResult::Kind::failed);
  CHECK(result.stage_result.detail == "no such customer");
}

TEST_CASE("a reason is cleaned and shortened") {
  CHECK(resolve(Outcome::fail("")).stage_result.detail == "no reason given");
  CHECK(resolve(Outcome::fail(std::string("a\0b", 3))).stage_result.detail == "a b");
  CHECK(resolve(Outcome::fail(std::string(5000, 'x'))).stage_result.detail.size() == 1000);
  CHECK(resolve(Outcome::fail("bad \xff byte")).stage_result.detail == "bad \xEF\xBF\xBD byte");
}
