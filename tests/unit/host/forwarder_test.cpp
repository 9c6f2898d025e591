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

struct Outbound {
  explicit Outbound(const std::string& status = "") {
    options.exchange = "orders";
    options.stage = "enrich";
    options.publishes = "order.enriched";
    options.status = status;
  }

  void forward(StageResult effect, RecordedResult applied = {}) {
    auto job = std::make_shared<Job>();
    job->token = 9;
    job->message.order_id = "7b0f1c5e-6d6f-4c39-9df3-0d2f3a1b2c3d";
    job->message.attempt = 2;
    job->body = "as it came";
    job->routing_key = "order.enrichment.requested";
    effect.attempt = 2;
    forwarder.forward({JobResult{std::move(job), std::move(effect), std::chrono::seconds(5)}}, {std::move(applied)});
  }

  StageOptions options;
  esteira::runtime::Metrics metrics;
  HostMetrics host_metrics{metrics, "enrich"};
  std::vector<Publication> published;
  std::vector<std::uint64_t> finished;
  Forwarder forwarder{options, host_metrics, [this](std::vector<Publication> more) { published = std::move(more); },
                      [this](const std::vector<std::uint64_t>& tokens) { finished = tokens; }};
};

StageResult effect_with(StageResult::Kind kind) {
  StageResult effect;
  effect.kind = kind;
  return effect;
}

}  // namespace

TEST_CASE("done publishes the order with what the stage produced") {
  Outbound out;
  auto effect = effect_with(StageResult::Kind::done);
  effect.data = R"({"score":1})";
  effect.routing_key = "order.enriched";
  out.forward(effect);
  REQUIRE(out.published.size() == 1);
  const auto& event = out.published.front();
  CHECK(event.token == 9);
  CHECK(event.exchange == "orders");
  CHECK(event.routing_key == "order.enriched");
  CHECK(event.properties.type == "order.enriched");
  CHECK(event.properties.attempt == 1);
  CHECK(event.mandatory);
  CHECK(esteira::runtime::orders::read_envelope(event.body).data.at("enrich") == R"({"score":1})");
}

TEST_CASE("the end of a chain publishes nothing and is finished at once") {
  Outbound out;
  out.forward(effect_with(StageResult::Kind::done));
  CHECK(out.published.empty());
  CHECK(out.finished == std::vector<std::uint64_t>{9});
}

TEST_CASE("nobody need listen to the end of the workflow") {
  Outbound out("completed");
  auto effect = effect_with(StageResult::Kind::done);
  effect.routing_key = "order.completed";
  out.forward(effect);
  REQUIRE(out.published.size() == 1);
  CHECK_FALSE(out.published.front().mandatory);
}

TEST_CASE("a retry carries the message as it came, one attempt on") {
  Outbound out;
  out.forward(effect_with(StageResult::Kind::retry));
  REQUIRE(out.published.size() == 1);
  const auto& event = out.published.front();
  CHECK(event.exchange.empty());
  CHECK(event.routing_key == "orders.enrich.retry.5000");
  CHECK(event.body == "as it came");
  CHECK(event.properties.type == "order.enrichment.requested");
  CHECK(event.properties.attempt == 3);
}

TEST_CASE("a failure is a dead letter with the reason") {
  Outbound out;
  auto effect = effect_with(StageResult::Kind::failed);
  effect.detail = "no stock";
  out.forward(effect);
  REQUIRE(out.published.size() == 1);
  CHECK(out.published.front().routing_key == "orders.enrich.dead");
  CHECK(out.published.front().body == "as it came");
  CHECK(out.published.front().properties.headers.at("x-esteira-reason") == "no stock");
}

TEST_CASE("what stands in the database decides what is published") {
  Outbound out;
  RecordedResult applied;
  applied.status = RecordedResult::Status::duplicate;
  applied.ending = TerminalResult{StageResult::Kind::done, R"({"first":true})", "order.enriched", {}, ""};
  auto effect = effect_with(StageResult::Kind::failed);
  effect.detail = "second thoughts";
  out.forward(effect, applied);
  REQUIRE(out.published.size() == 1);
  CHECK(out.published.front().routing_key == "order.enriched");
  CHECK(esteira::runtime::orders::read_envelope(out.published.front().body).data.at("enrich") == R"({"first":true})");
}

TEST_CASE("a message for an order that does not exist is a dead letter") {
  Outbound out;
  RecordedResult applied;
  applied.status = RecordedResult::Status::unknown_order;
  out.forward(effect_with(StageResult::Kind::done), applied);
  REQUIRE(out.published.size() == 1);
  CHECK(out.published.front().routing_key == "orders.enrich.dead");
}
