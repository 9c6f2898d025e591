#include <catch2/catch.hpp>

#include "tests/integration/ops/ops_room.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::OpsRoom;
using esteira::test::wait_until;
using nlohmann::json;

namespace {

json json_of(const std::string& output) {
  const auto begin = output.find('{');
  return json::parse(output.substr(begin, output.find('\n', begin) - begin));
}

}  // namespace

TEST_CASE("dlq list shows what the filters want and takes nothing away") {
  OpsRoom room;
  const auto first = room.failed_with_letter("supplier away");
  room.failed_with_letter("no such article");
  const auto listed = room.cli({"dlq", "list", "--reason", "supplier", "--json"});
  CAPTURE(listed.output);
  CHECK(listed.code == 0);
  CHECK(json_of(listed.output).at("order_id") == first);
  CHECK_THAT(listed.output, Contains("1 letters shown, 2 in the queues"));
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 2; }));
}

TEST_CASE("dlq show shows the letter of an order, and says when there is none") {
  OpsRoom room;
  const auto id = room.failed_with_letter();
  CHECK_THAT(room.cli({"dlq", "show", id}).output, Contains("supplier away") && Contains("\"sku\":\"ABC\""));
  CHECK(room.cli({"dlq", "show", "nobody"}).code == 1);
}

TEST_CASE("dlq redrive sends letters back to work and removes them") {
  OpsRoom room;
  const auto id = room.failed_with_letter();
  room.failed_with_letter("no such article");
  const auto ended = room.cli({"dlq", "redrive", "--order", id, "--yes", "--json"});
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK(json_of(ended.output).at("redriven") == 1);
  CHECK(room.status(id) == "processing");
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 1; }));
}

TEST_CASE("two operators redrive every order once") {
  OpsRoom room;
  for (int i = 0; i < 10; ++i) {
    const auto id = room.failed_with_letter();
    room.put_letter(id, "enrich", 0, "a copy");
  }
  const auto one = room.start_cli({"dlq", "redrive", "--yes"});
  const auto other = room.start_cli({"dlq", "redrive", "--yes"});
  CHECK(one->wait() == 0);
  CHECK(other->wait() == 0);
  CHECK(room.database().value("select count(*) from order_events where outcome = 'redriven'") == "10");
  CHECK(room.database().value("select count(*) from outbox") == "10");
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 0; }));
}

TEST_CASE("a stale letter is removed without another run") {
  OpsRoom room;
  const auto id = room.failed_with_letter();
  redrive_letter(room.session(), room.letter_of(id));
  const auto ended = room.cli({"dlq", "redrive", "--yes", "--json"});
  CHECK(json_of(ended.output).at("stale") == 1);
  CHECK(room.database().value("select redrives from orders") == "1");
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 0; }));
}

TEST_CASE("a letter that is no order is kept by redrive and removed by purge") {
  OpsRoom room;
  room.broker().publish("", room.dead(), "{\"not\": \"an order\"}");
  CHECK(json_of(room.cli({"dlq", "redrive", "--yes", "--json"}).output).at("malformed") == 1);
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 1; }));
  CHECK(json_of(room.cli({"dlq", "purge", "--yes", "--json"}).output).at("purged") == 1);
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 0; }));
}

TEST_CASE("the canary stops a redrive when its order fails again") {
  OpsRoom room;
  for (int i = 0; i < 5; ++i) room.failed_with_letter();
  const auto redrive = room.start_cli({"dlq", "redrive", "--canary", "1", "--yes", "--json"});
  const auto canary = [&] { return room.database().value("select id from orders where redrives = 1"); };
  REQUIRE(wait_until([&] { return !canary().empty(); }));
  room.fail(canary(), "enrich", "still away", 1);
  CHECK(redrive->wait() == 1);
  CAPTURE(redrive->output());
  CHECK_THAT(redrive->output(), Contains("failed again in enrich: still away") && Contains("4 letters are left"));
  CHECK(json_of(redrive->output()).at("redriven") == 1);
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 4; }));
}

TEST_CASE("the rest follows when the canary has passed") {
  OpsRoom room;
  for (int i = 0; i < 3; ++i) room.failed_with_letter();
  const auto redrive = room.start_cli({"dlq", "redrive", "--canary", "1", "--yes", "--json"});
  const auto canary = [&] { return room.database().value("select id from orders where redrives = 1"); };
  REQUIRE(wait_until([&] { return !canary().empty(); }));
  room.done(canary(), "enrich", "", "order.enriched", "{}", 1);
  CHECK(redrive->wait() == 0);
  CHECK(json_of(redrive->output()).at("redriven") == 3);
}

TEST_CASE("dlq purge throws away what the filters want") {
  OpsRoom room;
  const auto id = room.failed_with_letter("no such article");
  room.failed_with_letter();
  CHECK(json_of(room.cli({"dlq", "purge", "--reason", "article", "--yes", "--json"}).output).at("purged") == 1);
  CHECK(room.database().value("select order_id from order_events where outcome = 'purged'") == id);
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 1; }));
}

TEST_CASE("without a terminal, what cannot be undone demands --yes") {
  OpsRoom room;
  room.failed_with_letter();
  const auto command = GENERATE(std::string("redrive"), "purge");
  const auto ended = room.cli({"dlq", command});
  CHECK(ended.code == 2);
  CHECK_THAT(ended.output, Contains("--yes"));
  CHECK(wait_until([&] { return room.broker().count(room.dead()) == 1; }));
}
