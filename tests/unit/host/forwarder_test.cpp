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
