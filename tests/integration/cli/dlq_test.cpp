#include <catch2/catch.hpp>

#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::CliFixture;
using esteira::test::wait_until;
using nlohmann::json;

namespace {

json json_of(const std::string& output) {
  const auto begin = output.find('{');
  return json::parse(output.substr(begin, output.find('\n', begin) - begin));
}

}  // namespace

TEST_CASE("dlq list prints the dead letters that match and removes none") {
  CliFixture fixture;
  const auto first = fixture.failed_with_dead_letter("supplier away");
  fixture.failed_with_dead_letter("no such article");
  const auto listed = fixture.cli({"dlq", "list", "--reason", "supplier", "--json"});
  CAPTURE(listed.output);
  CHECK(listed.code == 0);
  CHECK(json_of(listed.output).at("order_id") == first);
  CHECK_THAT(listed.output, Contains("1 dead letters shown; 2 failed orders, 2 messages in the queues"));
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 2; }));
}

TEST_CASE("dlq list prints a table with a header") {
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter("supplier away");
  const auto listed = fixture.cli({"dlq", "list"});
  CHECK_THAT(listed.output, Contains("died_at              stage      order") && Contains("redrive  reason") &&
                                Contains("enrich     " + id + "       0  supplier away"));
}

TEST_CASE("dlq redrive stops when the canary does not pass within --canary-timeout") {
  CliFixture fixture;
  fixture.declare_stage_queue();
  for (int i = 0; i < 3; ++i) fixture.failed_with_dead_letter();
  const auto ended = fixture.cli({"dlq", "redrive", "--canary", "1", "--canary-timeout", "100ms", "--yes"});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.output, Contains("1 of 1 orders have not passed their stage within 100 ms") && Contains("stopped"));
}

TEST_CASE("dlq show prints the dead letter of an order, and exits with 1 when there is none") {
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter();
  CHECK_THAT(fixture.cli({"dlq", "show", id}).output, Contains("supplier away") && Contains("\"sku\":\"ABC\""));
  CHECK(fixture.cli({"dlq", "show", "nobody"}).code == 1);
}

TEST_CASE("dlq redrive sends orders back to their stage and removes their dead letters") {
  CliFixture fixture;
  fixture.declare_stage_queue();
  const auto id = fixture.failed_with_dead_letter();
  fixture.failed_with_dead_letter("no such article");
  const auto ended = fixture.cli({"dlq", "redrive", "--order", id, "--yes", "--json"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK(json_of(ended.output).at("redriven") == 1);
  CHECK(fixture.status(id) == "processing");
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 1; }));
}

TEST_CASE("concurrent dlq redrive commands redrive every order once") {
  CliFixture fixture;
  const auto stage_queue = fixture.declare_stage_queue();
  for (int i = 0; i < 10; ++i) {
    const auto id = fixture.failed_with_dead_letter();
    fixture.put_dead_letter(id, "enrich", 0, "a copy");
  }
  const auto one = fixture.start_cli({"dlq", "redrive", "--yes"});
  const auto other = fixture.start_cli({"dlq", "redrive", "--yes"});
  CHECK(one->wait() == 0);
  CHECK(other->wait() == 0);
  CHECK(fixture.database().value("select count(*) from order_events where outcome = 'redriven'") == "10");
  CHECK(wait_until([&] { return fixture.broker().count(stage_queue) == 10; }));
  CHECK(fixture.database().value("select count(*) from outbox") == "0");
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 0; }));
}

TEST_CASE("dlq redrive removes a stale dead letter without a second redrive") {
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter();
  redrive_dead_letter(fixture.session(), fixture.dead_letter_of(id));
  const auto ended = fixture.cli({"dlq", "redrive", "--yes", "--json"});
  CHECK(json_of(ended.output).at("redriven") == 0);
  CHECK(json_of(ended.output).at("messages").at("removed") == 1);
  CHECK(fixture.database().value("select redrives from orders") == "1");
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 0; }));
}

TEST_CASE("dlq redrive stops when an order of the canary fails again") {
  CliFixture fixture;
  fixture.declare_stage_queue();
  for (int i = 0; i < 5; ++i) fixture.failed_with_dead_letter();
  const auto redrive = fixture.start_cli({"dlq", "redrive", "--canary", "1", "--yes", "--json"});
  const auto canary = [&] { return fixture.database().value("select id from orders where redrives = 1"); };
  REQUIRE(wait_until([&] { return !canary().empty(); }));
  fixture.fail(canary(), "enrich", "still away", 1);
  CHECK(redrive->wait() == 1);
  CAPTURE(redrive->output());
  CHECK_THAT(redrive->output(),
             Contains("failed again in enrich: still away") && Contains("4 dead letters were not attempted"));
  CHECK(json_of(redrive->output()).at("redriven") == 1);
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 4; }));
}

TEST_CASE("dlq redrive continues when the canary has passed") {
  CliFixture fixture;
  fixture.declare_stage_queue();
  for (int i = 0; i < 3; ++i) fixture.failed_with_dead_letter();
  const auto redrive = fixture.start_cli({"dlq", "redrive", "--canary", "1", "--yes", "--json"});
  const auto canary = [&] { return fixture.database().value("select id from orders where redrives = 1"); };
  REQUIRE(wait_until([&] { return !canary().empty(); }));
  fixture.done(canary(), "enrich", "", "order.enriched", "{}", 1);
  CHECK(redrive->wait() == 0);
  CHECK(json_of(redrive->output()).at("redriven") == 3);
}

TEST_CASE("dlq purge removes the dead letters that match") {
  CliFixture fixture;
  const auto id = fixture.failed_with_dead_letter("no such article");
  fixture.failed_with_dead_letter();
  CHECK(json_of(fixture.cli({"dlq", "purge", "--reason", "article", "--yes", "--json"}).output).at("purged") == 1);
  CHECK(fixture.database().value("select order_id from order_events where outcome = 'purged'") == id);
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 1; }));
}

TEST_CASE("dlq redrive and dlq purge need --yes without a terminal") {
  CliFixture fixture;
  fixture.failed_with_dead_letter();
  const auto command = GENERATE(std::string("redrive"), "purge");
  const auto ended = fixture.cli({"dlq", command});
  CHECK(ended.code == 2);
  CHECK_THAT(ended.output, Contains("--yes"));
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 1; }));
}
