#include "runtime/orders/operations/dead_letters.hpp"

#include <signal.h>

#include <catch2/catch.hpp>

#include "runtime/amqp/installation_mark.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::runtime::amqp::InstallationMark;
using esteira::test::CliFixture;
using esteira::test::wait_until;
using nlohmann::json;

namespace {

constexpr const char* kOtherInstallation = "11111111-1111-4111-8111-111111111111";
constexpr const char* kUnknownOrder = "6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77";

/// The JSON objects that a command printed, one a line.
std::vector<json> listed(CliFixture& fixture, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"dlq", "list", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::istringstream lines(fixture.cli(arguments).output);
  std::vector<json> letters;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("{")) letters.push_back(json::parse(line));
  }
  return letters;
}

json collect(CliFixture& fixture) { return json::parse(fixture.cli({"dlq", "collect", "--json"}).output); }

std::size_t waiting(CliFixture& fixture) { return fixture.broker().count(fixture.dead()); }

/// Makes PostgreSQL fail when it reads the data of this order, as it does when the row's page is damaged.
void damage_row(CliFixture& fixture, const std::string& id) {
  fixture.database().execute(
      "alter table order_enrichments rename to intact_enrichments;"
      "create view order_enrichments as select order_id, stage, created_at,"
      " case when order_id = '" +
      id + "' then (1 / (length(stage) - length(stage)))::text::jsonb else data end as data from intact_enrichments");
}

}  // namespace

TEST_CASE("an order that PostgreSQL cannot read does not keep other orders from being redriven") {
  CliFixture fixture;
  const auto stage_queue = fixture.declare_stage_queue();
  std::vector<std::string> ids(3);
  for (auto& id : ids) {
    id = fixture.place();
    fixture.done(id, "process", "processing", "order.enrichment.requested", R"({"checked":true})");
    fixture.fail(id, "enrich", "supplier away");
  }
  damage_row(fixture, ids[1]);
  CHECK(fixture.cli({"dlq", "show", ids[1]}).code == 0);
  const auto redriven = fixture.cli({"dlq", "redrive", "--yes"});
  CHECK(redriven.code == 1);
  CHECK_THAT(redriven.output, Contains("an order cannot be read") && Contains(ids[1]));
  CHECK_THAT(redriven.output, Contains("redriven       2") && Contains("unreadable     1"));
  CHECK(fixture.status(ids[1]) == "failed");
  CHECK(fixture.broker().count(stage_queue) == 2);
}

TEST_CASE("listing, showing and auditing read no message of a dead-letter queue") {
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter();
  CHECK(listed(fixture).size() == 1);
  CHECK(fixture.cli({"dlq", "show", id}).code == 0);
  fixture.audit();
  const auto message = fixture.broker().get(fixture.dead());
  REQUIRE(message);
  CHECK_FALSE(message->redelivered);
}

TEST_CASE("a failed order whose message is gone is listed and redriven with the data of its stages") {
  CliFixture fixture;
  const auto stage_queue = fixture.declare_stage_queue();
  const auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested", R"({"checked":true})");
  fixture.fail(id, "enrich", "supplier away");
  REQUIRE(listed(fixture).size() == 1);
  CHECK(fixture.cli({"dlq", "redrive", "--yes"}).code == 0);
  const auto sent = fixture.broker().get(stage_queue);
  REQUIRE(sent);
  const auto order = esteira::runtime::orders::read_envelope(sent->body);
  CHECK(order.order_id == id);
  CHECK(order.items.size() == 2);
  CHECK(order.data.at("process") == R"({"checked": true})");
  CHECK(sent->headers.at("x-esteira-redrive") == "1");
  CHECK(sent->message_id == id + ":1:1:" + stage_queue);
}

TEST_CASE("a redriven order leaves at once, and its outbox row is deleted") {
  CliFixture fixture;
  const auto stage_queue = fixture.declare_stage_queue();
  fixture.failed_with_dead_letter();
  CHECK(fixture.cli({"dlq", "redrive", "--yes"}).code == 0);
  CHECK(fixture.broker().count(stage_queue) == 1);
  CHECK(fixture.database().value("select count(*) from outbox") == "0");
}

TEST_CASE("a redriven order stays in the outbox while no queue takes it") {
  CliFixture fixture;
  fixture.failed_with_dead_letter();
  const auto ended = fixture.cli({"dlq", "redrive", "--yes"});
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("an API publishes them"));
  CHECK(fixture.database().value("select count(*) from outbox") == "1");
}

TEST_CASE("dead letters are listed and redriven while RabbitMQ is away") {
  CliFixture fixture;
  fixture.failed_with_dead_letter();
  const std::map<std::string, std::string> environment{{"DATABASE_URL", fixture.database().url()},
                                                       {"RABBITMQ_URL", "amqp://127.0.0.1:1/"}};
  esteira::test::Process list(ESTEIRA_CLI, {"dlq", "list"}, environment);
  CHECK(list.wait() == 0);
  CHECK_THAT(list.output(), Contains("supplier away") && Contains("cannot be counted"));
  esteira::test::Process redrive(ESTEIRA_CLI, {"dlq", "redrive", "--yes"}, environment);
  CHECK(redrive.wait() == 0);
  CHECK(fixture.database().value("select count(*) from outbox") == "1");
}

TEST_CASE("commands that compare or change queues refuse the broker of another installation") {
  CliFixture fixture;
  const auto stage_queue = fixture.declare_stage_queue();
  const auto id = fixture.failed_with_dead_letter();
  const auto url = esteira::runtime::amqp::BrokerUrl::parse(esteira::test::rabbitmq_url());
  InstallationMark(url, fixture.exchange(), kOtherInstallation, "other").replace();
  for (const auto& command : std::vector<std::vector<std::string>>{{"dlq", "redrive", "--yes"},
                                                                   {"dlq", "purge", "--yes"},
                                                                   {"dlq", "collect"},
                                                                   {"audit", "--repair"},
                                                                   {"prune", "--older-than", "1h"},
                                                                   {"stage", "forget", "enrich", "--yes"}}) {
    const auto ended = fixture.cli(command);
    CAPTURE(command, ended.output);
    CHECK(ended.code != 0);
    CHECK_THAT(ended.output, Contains("belongs to installation " + std::string(kOtherInstallation).substr(0, 18)));
  }
  CHECK(fixture.status(id) == "failed");
  CHECK(waiting(fixture) == 1);
  CHECK(fixture.broker().count(stage_queue) == 0);
  CHECK(listed(fixture).size() == 1);
  fixture.broker().remove_exchange(fixture.exchange() + ".installation");
}

TEST_CASE("a redrive of one order leaves the messages of other failed orders undelivered in their queue") {
  CliFixture fixture;
  fixture.declare_stage_queue();
  const auto redriven = fixture.failed_with_dead_letter();
  const auto failed = fixture.failed_with_dead_letter("no such article");
  for (int i = 0; i < 3; ++i) CHECK(fixture.cli({"dlq", "redrive", "--order", redriven, "--yes"}).code == 0);
  CHECK(wait_until([&] { return waiting(fixture) == 1; }));
  const auto left = fixture.broker().get(fixture.dead());
  REQUIRE(left);
  CHECK_THAT(left->body, Contains(failed));
  CHECK(left->headers.at("x-esteira-reason") == "no such article");
  CHECK_FALSE(left->redelivered);
  const auto count = left->headers.find("x-delivery-count");
  CHECK((count == left->headers.end() || count->second == "0"));
}

TEST_CASE("dlq collect keeps messages that belong to no failed order, and removes those that nobody needs") {
  CliFixture fixture;
  fixture.broker().publish("", fixture.dead(), "{\"not\": \"an order\"}");
  fixture.put_dead_letter(kUnknownOrder, "enrich", 0, "no such order");
  const auto unrecorded = fixture.place();
  fixture.put_dead_letter(unrecorded, "enrich", 0, "");
  fixture.put_dead_letter(fixture.completed(), "enrich", 0, "old");
  fixture.failed_with_dead_letter();
  CHECK_THAT(fixture.cli({"dlq", "list"}).output, Contains("at least 4 messages belong to no failed order"));
  CHECK(collect(fixture) == json{{"removed", 1}, {"kept", 3}, {"left", 1}, {"unread", 0}});
  CHECK(wait_until([&] { return waiting(fixture) == 1; }));
  CHECK(listed(fixture).size() == 4);
  CHECK(listed(fixture, {"--order", unrecorded}).at(0).at("reason") == "dead-lettered by the broker");
  CHECK(listed(fixture, {"--reason", "no such order"}).at(0).at("order_id") == kUnknownOrder);
}

TEST_CASE("dlq collect removes each of many messages at once") {
  constexpr int kMessages = 100;  // more acknowledgements than RabbitMQ takes at once for a quorum queue
  CliFixture fixture;
  const auto id = fixture.completed();
  for (int i = 0; i < kMessages; ++i) fixture.put_dead_letter(id, "enrich", 0, "old");
  REQUIRE(wait_until([&] { return waiting(fixture) == kMessages; }));
  CHECK(collect(fixture) == json{{"removed", kMessages}, {"kept", 0}, {"left", 0}, {"unread", 0}});
  CHECK(waiting(fixture) == 0);
}

TEST_CASE("a kept message that is not an order is shown by its key, and stays until it is purged") {
  CliFixture fixture;
  const std::string body("{\"not\": \"an order\"}\0\xff", 21);
  fixture.broker().publish("", fixture.dead(), body);
  REQUIRE(collect(fixture).at("kept") == 1);
  const std::string key = listed(fixture).at(0).at("message_key");
  CHECK_THAT(fixture.cli({"dlq", "show", key}).output, Contains("not an order") && Contains("{\"not\": \"an order\"}"));
  CHECK_THAT(fixture.cli({"dlq", "redrive", "--yes", "--json"}).output, Contains("\"malformed\":1"));
  CHECK(listed(fixture).size() == 1);
  CHECK_THAT(fixture.cli({"dlq", "purge", "--yes", "--json"}).output, Contains("\"purged\":1"));
  CHECK(listed(fixture).empty());
}

TEST_CASE("a redrive sends on an order whose message was dead-lettered without a result") {
  CliFixture fixture;
  const auto stage_queue = fixture.declare_stage_queue();
  const auto id = fixture.place();
  fixture.done(id, "process", "processing", "order.enrichment.requested");
  fixture.put_dead_letter(id, "enrich", 0, "");
  CHECK(fixture.cli({"dlq", "redrive", "--yes"}).code == 0);
  CHECK(fixture.broker().count(stage_queue) == 1);
  CHECK(fixture.database().value("select redrives from orders") == "1");
  CHECK(listed(fixture).empty());
}

TEST_CASE("a kept message is removed when its order has moved on") {
  CliFixture fixture;
  const auto id = fixture.place();
  fixture.put_dead_letter(id, "enrich", 0, "");
  REQUIRE(collect(fixture).at("kept") == 1);
  fixture.done(id, "enrich", "", "order.enriched", "{}");
  CHECK(collect(fixture).at("removed") == 1);
  CHECK(listed(fixture).empty());
}

#ifdef ESTEIRA_CRASH_POINTS  // builds with sanitizers have none
TEST_CASE("a collect that crashes between two steps loses no message and keeps it once") {
  const auto* point = GENERATE("kept", "copied");
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter();
  fixture.broker().publish("", fixture.dead(), "{\"not\": \"an order\"}");
  esteira::test::Process crashing(ESTEIRA_CLI, {"dlq", "collect"},
                                  {{"DATABASE_URL", fixture.database().url()},
                                   {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                                   {"ESTEIRA_EXCHANGE", fixture.exchange()},
                                   {"CRASH_AT", point}});
  REQUIRE(crashing.wait() == 128 + SIGKILL);
  REQUIRE(
      wait_until([&] { return waiting(fixture) >= 2 || (point == std::string("copied") && waiting(fixture) >= 1); }));
  collect(fixture);
  CHECK(fixture.database().value("select count(*) from dead_letter_messages") == "1");
  CHECK(waiting(fixture) >= 1);
  CHECK(listed(fixture, {"--order", id}).size() == 1);
}
#endif

TEST_CASE("dead letters are selected by their age") {
  CliFixture fixture;
  const auto old = fixture.failed_with_dead_letter();
  fixture.age(old);
  const auto recent = fixture.failed_with_dead_letter();
  CHECK(listed(fixture, {"--since", "30m"}).at(0).at("order_id") == recent);
  CHECK(listed(fixture, {"--older-than", "30m"}).at(0).at("order_id") == old);
  CHECK(listed(fixture, {"--since", "2h", "--older-than", "30m"}).size() == 1);
  CHECK(listed(fixture, {"--since", "2h"}).size() == 2);
}

TEST_CASE("dead letters are read in pages") {
  CliFixture fixture;
  for (int i = 0; i < 7; ++i) fixture.failed_with_dead_letter();
  using esteira::runtime::orders::DeadLetterCursor;
  DeadLetterCursor cursor(fixture.session(), {}, DeadLetterCursor::Source::failed_orders);
  CHECK(cursor.count() == 7);
  CHECK(cursor.next(3).size() == 3);
  fixture.failed_with_dead_letter("later");
  CHECK(cursor.count() == 4);
  CHECK(cursor.next(5).size() == 4);
  CHECK(cursor.next(5).empty());
}

TEST_CASE("a stage that nobody knows is an error, and a stage without a queue is not") {
  CliFixture fixture;
  CHECK(fixture.cli({"dlq", "collect", "--stage", "nonsense"}).code == 2);
  fixture.broker().remove_queue(fixture.dead());
  fixture.fail(fixture.place(), "enrich", "supplier away");
  CHECK(fixture.cli({"dlq", "collect", "--stage", "enrich"}).code == 0);
}
