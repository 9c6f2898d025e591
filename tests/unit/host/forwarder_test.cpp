#include "host/forwarder.hpp"

#include <catch2/catch.hpp>

#include "runtime/orders/envelope/envelope.hpp"

using esteira::host::Forwarder;
using esteira::host::HostMetrics;
using esteira::host::Job;
using esteira::host::JobResult;
using esteira::host::StageOptions;
using esteira::runtime::amqp::Publication;
using esteira::runtime::orders::RecordedResult;
using esteira::runtime::orders::StageResult;
using esteira::runtime::orders::TerminalResult;

namespace {

struct ForwarderFixture {
  explicit ForwarderFixture(const std::string& status = "") {
    options.exchange = "orders";
    options.stage = "enrich";
    options.publishes = "order.enriched";
    options.status = status;
  }

  void forward(StageResult result, RecordedResult recorded = {}) {
    auto job = std::make_shared<Job>();
    job->token = 9;
    job->message.order_id = "7b0f1c5e-6d6f-4c39-9df3-0d2f3a1b2c3d";
    job->message.attempt = 2;
    job->body = "as received";
    job->message.redrive = redrive;
    job->message_id = "id of the message";
    job->event = "order.enrichment.requested";
    result.attempt = 2;
    forwarder.forward({JobResult{std::move(job), std::move(result), retry_delay}}, {std::move(recorded)});
  }

  StageOptions options;
  esteira::runtime::Metrics metrics;
  HostMetrics host_metrics{metrics, "enrich"};
  int redrive = 0;
  std::chrono::milliseconds retry_delay{5000};
  std::vector<Publication> published;
  std::vector<std::uint64_t> finished;
  Forwarder forwarder{options, host_metrics, [this](std::vector<Publication> more) { published = std::move(more); },
                      [this](const std::vector<std::uint64_t>& tokens) { finished = tokens; }};
};

StageResult result_of(StageResult::Kind kind) {
  StageResult result;
  result.kind = kind;
  return result;
}

StageResult done_with(const std::string& routing_key) {
  auto result = result_of(StageResult::Kind::done);
  result.routing_key = routing_key;
  return result;
}

std::string message_id_of(ForwarderFixture& fixture, const StageResult& result, RecordedResult recorded = {}) {
  fixture.forward(result, std::move(recorded));
  return fixture.published.at(0).properties.message_id;
}

std::string order_uuid() { return "7b0f1c5e-6d6f-4c39-9df3-0d2f3a1b2c3d"; }

}  // namespace

TEST_CASE("a done stage publishes the order with the data that it produced") {
  ForwarderFixture fixture;
  auto result = result_of(StageResult::Kind::done);
  result.data = R"({"score":1})";
  result.routing_key = "order.enriched";
  fixture.forward(result);
  REQUIRE(fixture.published.size() == 1);
  const auto& event = fixture.published.front();
  CHECK(event.token == 9);
  CHECK(event.exchange == "orders");
  CHECK(event.routing_key == "order.enriched");
  CHECK(event.properties.type == "order.enriched");
  CHECK(event.properties.attempt == 1);
  CHECK(event.mandatory);
  CHECK(esteira::runtime::orders::read_envelope(event.body).data.at("enrich") == R"({"score":1})");
}

TEST_CASE("a stage without a next event finishes its message at once") {
  ForwarderFixture fixture;
  fixture.forward(result_of(StageResult::Kind::done));
  CHECK(fixture.published.empty());
  CHECK(fixture.finished == std::vector<std::uint64_t>{9});
}

TEST_CASE("the event of a completed order need not reach a queue") {
  ForwarderFixture fixture("completed");
  auto result = result_of(StageResult::Kind::done);
  result.routing_key = "order.completed";
  fixture.forward(result);
  REQUIRE(fixture.published.size() == 1);
  CHECK_FALSE(fixture.published.front().mandatory);
}

TEST_CASE("an optional event need not reach a queue") {
  ForwarderFixture fixture;
  fixture.options.optional_events = {"payment.refused", "order.enriched"};
  fixture.forward(done_with("order.enriched"));
  CHECK_FALSE(fixture.published.at(0).mandatory);
  fixture.forward(done_with("order.other"));
  CHECK(fixture.published.at(0).mandatory);
  auto refusal = result_of(StageResult::Kind::failed);
  refusal.routing_key = "payment.refused";
  fixture.forward(refusal);
  CHECK_FALSE(fixture.published.at(0).mandatory);
}

TEST_CASE("a result that cancelled its order publishes the event of the cancellation with the data of all stages") {
  const auto* status = GENERATE("processing", "completed");
  ForwarderFixture fixture(status);
  RecordedResult recorded;
  TerminalResult cancelled{StageResult::Kind::done, R"({"score":1})", "order.cancelled", {}, ""};
  cancelled.is_optional = GENERATE(false, true);
  recorded.terminal_result = cancelled;
  SECTION("as this host recorded it") {}
  SECTION("as it was recorded before") { recorded.status = RecordedResult::Status::duplicate; }
  fixture.forward(done_with("order.enriched"), recorded);
  REQUIRE(fixture.published.size() == 1);
  const auto& event = fixture.published.front();
  CHECK(event.exchange == "orders");
  CHECK(event.routing_key == "order.cancelled");
  CHECK(event.properties.type == "order.cancelled");
  CHECK(event.mandatory != cancelled.is_optional);
  CHECK(esteira::runtime::orders::read_envelope(event.body).data.at("enrich") == R"({"score":1})");
  const bool is_counted = recorded.status == RecordedResult::Status::recorded;
  CHECK(fixture.host_metrics.cancelled.Value() == (is_counted ? 1 : 0));
  CHECK(fixture.host_metrics.done.Value() == 0);
}

TEST_CASE("a message that was cancelled before its handler ran adds no data to the event") {
  ForwarderFixture fixture;
  RecordedResult recorded;
  recorded.terminal_result = TerminalResult{StageResult::Kind::cancelled, "", "order.cancelled", {}, ""};
  fixture.forward(result_of(StageResult::Kind::cancelled), recorded);
  REQUIRE(fixture.published.size() == 1);
  CHECK(fixture.published.front().routing_key == "order.cancelled");
  CHECK(esteira::runtime::orders::read_envelope(fixture.published.front().body).data.empty());
}

TEST_CASE("a message whose cancellation was not requested is neither published nor finished") {
  ForwarderFixture fixture;
  RecordedResult recorded;
  recorded.status = RecordedResult::Status::not_requested;
  fixture.forward(result_of(StageResult::Kind::cancelled), recorded);
  CHECK(fixture.published.empty());
  CHECK(fixture.finished.empty());
}

TEST_CASE("a retry publishes the message unchanged with the next attempt") {
  ForwarderFixture fixture;
  fixture.forward(result_of(StageResult::Kind::retry));
  REQUIRE(fixture.published.size() == 1);
  const auto& event = fixture.published.front();
  CHECK(event.exchange.empty());
  CHECK(event.routing_key == "orders.enrich.retry.5000");
  CHECK(event.body == "as received");
  CHECK(event.properties.type == "order.enrichment.requested");
  CHECK(event.properties.attempt == 3);
}

TEST_CASE("a failed order publishes a dead letter with the reason") {
  ForwarderFixture fixture;
  auto result = result_of(StageResult::Kind::failed);
  result.detail = "no stock";
  fixture.forward(result);
  REQUIRE(fixture.published.size() == 1);
  CHECK(fixture.published.front().routing_key == "orders.enrich.dead");
  CHECK(fixture.published.front().body == "as received");
  CHECK(fixture.published.front().properties.headers.at("x-esteira-reason") == "no stock");
}

TEST_CASE("a refusal publishes the refused event with the reason, and no dead letter") {
  const auto* status = GENERATE("", "completed");
  ForwarderFixture fixture(status);
  auto result = result_of(StageResult::Kind::failed);
  result.detail = "no \"stock\"";
  result.routing_key = "order.refused";
  SECTION("as this host recorded it") { fixture.forward(result); }
  SECTION("as it was recorded before") {
    RecordedResult recorded;
    recorded.status = RecordedResult::Status::duplicate;
    recorded.terminal_result = TerminalResult{StageResult::Kind::failed, "", "order.refused", {}, "no \"stock\""};
    fixture.forward(done_with("order.enriched"), recorded);
  }
  REQUIRE(fixture.published.size() == 1);
  const auto& event = fixture.published.front();
  CHECK(event.exchange == "orders");
  CHECK(event.routing_key == "order.refused");
  CHECK(event.properties.type == "order.refused");
  CHECK(event.properties.attempt == 1);
  CHECK(event.properties.message_id == order_uuid() + ":0:1:order.refused");
  CHECK(event.mandatory);
  CHECK(esteira::runtime::orders::read_envelope(event.body).data.at("enrich") == R"({"refused":"no \"stock\""})");
}

TEST_CASE("a refusal is counted apart from failed orders, which have a dead letter") {
  ForwarderFixture fixture;
  auto refusal = result_of(StageResult::Kind::failed);
  refusal.routing_key = "order.refused";
  fixture.forward(refusal);
  CHECK(fixture.host_metrics.refused.Value() == 1);
  CHECK(fixture.host_metrics.failed.Value() == 0);
  CHECK(fixture.host_metrics.dead_letters.Value() == 0);
}

TEST_CASE("a duplicate publishes what the recorded result asks for") {
  ForwarderFixture fixture;
  RecordedResult recorded;
  recorded.status = RecordedResult::Status::duplicate;
  recorded.terminal_result = TerminalResult{StageResult::Kind::done, R"({"first":true})", "order.enriched", {}, ""};
  auto result = result_of(StageResult::Kind::failed);
  result.detail = "second thoughts";
  fixture.forward(result, recorded);
  REQUIRE(fixture.published.size() == 1);
  CHECK(fixture.published.front().routing_key == "order.enriched");
  CHECK(esteira::runtime::orders::read_envelope(fixture.published.front().body).data.at("enrich") ==
        R"({"first":true})");
}

TEST_CASE("a message for an unknown order is a dead letter") {
  ForwarderFixture fixture;
  RecordedResult recorded;
  recorded.status = RecordedResult::Status::unknown_order;
  fixture.forward(result_of(StageResult::Kind::done), recorded);
  REQUIRE(fixture.published.size() == 1);
  CHECK(fixture.published.front().routing_key == "orders.enrich.dead");
}

TEST_CASE("the next event and a retry have message ids of their own") {
  ForwarderFixture fixture;
  CHECK(message_id_of(fixture, done_with("order.enriched")) == order_uuid() + ":0:1:order.enriched");
  CHECK(message_id_of(fixture, result_of(StageResult::Kind::retry)) == order_uuid() + ":0:3:orders.enrich");
}

TEST_CASE("a repeated publication has the same message id") {
  ForwarderFixture fixture;
  RecordedResult recorded;
  recorded.status = RecordedResult::Status::duplicate;
  recorded.terminal_result = TerminalResult{StageResult::Kind::done, "", "order.enriched", {}, ""};
  const auto first = message_id_of(fixture, done_with("order.enriched"));
  CHECK(message_id_of(fixture, result_of(StageResult::Kind::failed), recorded) == first);
  const auto retry = message_id_of(fixture, result_of(StageResult::Kind::retry));
  fixture.retry_delay = std::chrono::seconds(1);
  CHECK(message_id_of(fixture, result_of(StageResult::Kind::retry)) == retry);
}

TEST_CASE("each redrive has message ids of its own") {
  ForwarderFixture fixture;
  fixture.redrive = 2;
  CHECK(message_id_of(fixture, done_with("order.enriched")) == order_uuid() + ":2:1:order.enriched");
  CHECK(message_id_of(fixture, result_of(StageResult::Kind::retry)) == order_uuid() + ":2:3:orders.enrich");
}

TEST_CASE("a dead letter keeps the message id and attempt of its message") {
  ForwarderFixture fixture;
  CHECK(message_id_of(fixture, result_of(StageResult::Kind::failed)) == "id of the message");
  CHECK(fixture.published.front().properties.attempt == 2);
  RecordedResult recorded;
  recorded.status = RecordedResult::Status::unknown_order;
  CHECK(message_id_of(fixture, result_of(StageResult::Kind::done), recorded) == "id of the message");
}

TEST_CASE("a scheduled retry and a snooze are finished at once, because their message is in the database") {
  ForwarderFixture fixture;
  auto result = result_of(GENERATE(StageResult::Kind::retry, StageResult::Kind::snooze));
  result.schedule = std::make_shared<const esteira::runtime::orders::MessageSchedule>();
  fixture.forward(result);
  CHECK(fixture.published.empty());
  CHECK(fixture.finished == std::vector<std::uint64_t>{9});
}

TEST_CASE("a message that a scheduled one supersedes is finished without a publication") {
  ForwarderFixture fixture;
  RecordedResult recorded;
  recorded.status = RecordedResult::Status::superseded;
  fixture.forward(result_of(StageResult::Kind::retry), recorded);
  CHECK(fixture.finished == std::vector<std::uint64_t>{9});
  fixture.finished.clear();
  auto job = std::make_shared<Job>();
  job->token = 7;
  fixture.forwarder.forward_duplicates({{job, TerminalResult{StageResult::Kind::snooze, "", "", {}, ""}}});
  CHECK(fixture.finished == std::vector<std::uint64_t>{7});
  CHECK(fixture.published.empty());
}
