#include <catch2/catch.hpp>

#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/servers.hpp"

using esteira::test::CliFixture;
using esteira::test::Servers;

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
