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

TEST_CASE("dlq list shows what the filters want and takes nothing away") {
  CliFixture fixture;
  const auto first = fixture.failed_with_letter("supplier away");
  fixture.failed_with_letter("no such article");
  const auto listed = fixture.cli({"dlq", "list", "--reason", "supplier", "--json"});
  CAPTURE(listed.output);
  CHECK(listed.code == 0);
  CHECK(json_of(listed.output).at("order_id") == first);
  CHECK_THAT(listed.output, Contains("1 letters shown, 2 in the queues"));
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 2; }));
}

TEST_CASE("dlq show shows the letter of an order, and says when there is none") {
  CliFixture fixture;
  const auto id = fixture.failed_with_letter();
  CHECK_THAT(fixture.cli({"dlq", "show", id}).output, Contains("supplier away") && Contains("\"sku\":\"ABC\""));
  CHECK(fixture.cli({"dlq", "show", "nobody"}).code == 1);
}

TEST_CASE("dlq redrive sends letters back to work and removes them") {
  CliFixture fixture;
  const auto id = fixture.failed_with_letter();
  fixture.failed_with_letter("no such article");
  const auto ended = fixture.cli({"dlq", "redrive", "--order", id, "--yes", "--json"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK(json_of(ended.output).at("redriven") == 1);
  CHECK(fixture.status(id) == "processing");
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 1; }));
}

TEST_CASE("two operators redrive every order once") {
  CliFixture fixture;
  for (int i = 0; i < 10; ++i) {
    const auto id = fixture.failed_with_letter();
    fixture.put_letter(id, "enrich", 0, "a copy");
  }
  const auto one = fixture.start_cli({"dlq", "redrive", "--yes"});
  const auto other = fixture.start_cli({"dlq", "redrive", "--yes"});
  CHECK(one->wait() == 0);
  CHECK(other->wait() == 0);
  CHECK(fixture.database().value("select count(*) from order_events where outcome = 'redriven'") == "10");
  CHECK(fixture.database().value("select count(*) from outbox") == "10");
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 0; }));
}

TEST_CASE("a stale letter is removed without another run") {
  CliFixture fixture;
  const auto id = fixture.failed_with_letter();
  redrive_dead_letter(fixture.session(), fixture.letter_of(id));
  const auto ended = fixture.cli({"dlq", "redrive", "--yes", "--json"});
  CHECK(json_of(ended.output).at("stale") == 1);
  CHECK(fixture.database().value("select redrives from orders") == "1");
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 0; }));
}

TEST_CASE("a letter that is no order is kept by redrive and removed by purge") {
  CliFixture fixture;
  fixture.broker().publish("", fixture.dead(), "{\"not\": \"an order\"}");
  CHECK(json_of(fixture.cli({"dlq", "redrive", "--yes", "--json"}).output).at("malformed") == 1);
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 1; }));
  CHECK(json_of(fixture.cli({"dlq", "purge", "--yes", "--json"}).output).at("purged") == 1);
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 0; }));
}

TEST_CASE("the canary stops a redrive when its order fails again") {
  CliFixture fixture;
  for (int i = 0; i < 5; ++i) fixture.failed_with_letter();
  const auto redrive = fixture.start_cli({"dlq", "redrive", "--canary", "1", "--yes", "--json"});
  const auto canary = [&] { return fixture.database().value("select id from orders where redrives = 1"); };
  REQUIRE(wait_until([&] { return !canary().empty(); }));
  fixture.fail(canary(), "enrich", "still away", 1);
  CHECK(redrive->wait() == 1);
  CAPTURE(redrive->output());
  CHECK_THAT(redrive->output(), Contains("failed again in enrich: still away") && Contains("4 letters are left"));
  CHECK(json_of(redrive->output()).at("redriven") == 1);
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 4; }));
}

TEST_CASE("the rest follows when the canary has passed") {
  CliFixture fixture;
  for (int i = 0; i < 3; ++i) fixture.failed_with_letter();
  const auto redrive = fixture.start_cli({"dlq", "redrive", "--canary", "1", "--yes", "--json"});
  const auto canary = [&] { return fixture.database().value("select id from orders where redrives = 1"); };
  REQUIRE(wait_until([&] { return !canary().empty(); }));
  fixture.done(canary(), "enrich", "", "order.enriched", "{}", 1);
  CHECK(redrive->wait() == 0);
  CHECK(json_of(redrive->output()).at("redriven") == 3);
}

TEST_CASE("dlq purge throws away what the filters want") {
  CliFixture fixture;
  const auto id = fixture.failed_with_letter("no such article");
  fixture.failed_with_letter();
  CHECK(json_of(fixture.cli({"dlq", "purge", "--reason", "article", "--yes", "--json"}).output).at("purged") == 1);
  CHECK(fixture.database().value("select order_id from order_events where outcome = 'purged'") == id);
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 1; }));
}

TEST_CASE("without a terminal, what cannot be undone demands --yes") {
  CliFixture fixture;
  fixture.failed_with_letter();
  const auto command = GENERATE(std::string("redrive"), "purge");
  const auto ended = fixture.cli({"dlq", command});
  CHECK(ended.code == 2);
  CHECK_THAT(ended.output, Contains("--yes"));
  CHECK(wait_until([&] { return fixture.broker().count(fixture.dead()) == 1; }));
}
