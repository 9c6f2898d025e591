#include <catch2/catch.hpp>

#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/topology.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::CliFixture;
using esteira::test::Servers;
using esteira::test::wait_until;
namespace amqp = esteira::runtime::amqp;

namespace {

/// Declares the queues of enrich with the arguments that a host gives them.
void declare_queues(const Servers& servers, const CliFixture& fixture) {
  amqp::Connection::Options options;
  options.url = amqp::BrokerUrl::parse(servers.rabbitmq_url());
  options.name = "test";
  amqp::Connection connection(options);
  amqp::Channel channel(connection);
  for (const auto& queue : amqp::stage_queues(
           {fixture.exchange(), "enrich", {"order.enrichment.requested"}, {std::chrono::milliseconds(60'000)}})) {
    channel.declare_queue(queue.name, queue.arguments);
  }
}

/// Between process and enrich, unchanged for an hour. The test puts its message into a queue.
std::string order_for_enrich(CliFixture& fixture) {
  auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested");
  fixture.age(id);
  return id;
}

std::string doctor(const Servers& servers, CliFixture& fixture) {
  esteira::test::Process process(ESTEIRA_CLI, {"doctor"},
                                 {{"DATABASE_URL", fixture.database().url()},
                                  {"RABBITMQ_URL", servers.rabbitmq_url()},
                                  {"RABBITMQ_MANAGEMENT_URL", servers.management_url()},
                                  {"ESTEIRA_EXCHANGE", fixture.exchange()}});
  process.wait();
  return process.output();
}

}  // namespace

TEST_CASE("a dead letter outlives a delivery limit, however often it is looked at, and can be redriven") {
  Servers servers("dead_letter_policies", {"rabbitmq"});
  CliFixture fixture(servers.rabbitmq_url());
  const auto stage_queue = fixture.declare_stage_queue();
  const auto id = fixture.failed_with_dead_letter();
  servers.rabbitmqctl({"set_policy", "looking", R"(\.dead$)", R"({"delivery-limit":3})", "--apply-to", "queues"});
  for (int i = 0; i < 10; ++i) {
    CHECK(fixture.cli({"dlq", "list"}).code == 0);
    CHECK(fixture.cli({"dlq", "show", id}).code == 0);
    CHECK(fixture.audit().at("clean") == true);
  }
  CHECK(fixture.broker().count(fixture.dead()) == 1);
  CHECK(fixture.cli({"dlq", "redrive", "--yes"}).code == 0);
  CHECK(fixture.broker().count(stage_queue) == 1);
  CHECK(fixture.database().value("select redrives from orders") == "1");
}

TEST_CASE("doctor names a policy that loses messages, and the audit repairs what it dropped") {
  Servers servers("dropping_policies", {"rabbitmq", "management"});
  CliFixture fixture(servers.rabbitmq_url());
  fixture.broker().remove_queue(fixture.dead());
  declare_queues(servers, fixture);
  const auto stage_queue = fixture.queue("enrich");
  const auto retry_queue = stage_queue + ".retry.60000";
  fixture.broker().publish("", retry_queue, fixture.dead_letter_of(order_for_enrich(fixture)).body);
  CHECK_THAT(doctor(servers, fixture), Contains("ok    policies"));

  servers.rabbitmqctl({"set_policy", "ttl", R"(enrich(\.dead)?$)", R"({"message-ttl":1})", "--apply-to", "queues"});
  servers.rabbitmqctl({"set_policy", "gone", R"(\.retry\.)", R"({"expires":1000})", "--apply-to", "queues"});
  const auto names_policy = [&] {
    return doctor(servers, fixture).find("FAIL  policy 'ttl': message-ttl 1 removes") != std::string::npos;
  };
  CHECK(wait_until(names_policy));
  // Of a quorum queue's messages, those that were there before the policy do not expire.
  fixture.broker().publish("", stage_queue, fixture.dead_letter_of(order_for_enrich(fixture)).body);
  REQUIRE(
      wait_until([&] { return fixture.broker().count(stage_queue) + fixture.broker().count(fixture.dead()) == 0; }));
  REQUIRE(wait_until([&] { return !fixture.broker().has_queue(retry_queue); }));
  const auto report = fixture.audit({"--repair"});
  CHECK(report.at("findings").at(0).at("check") == "lost_message");
  CHECK(report.at("repaired") == 2);
}
