#include "runtime/config/workflows.hpp"

#include <catch2/catch.hpp>

namespace {

using Catch::Contains;
using esteira::runtime::Config;
using esteira::runtime::ConfigError;
using esteira::runtime::Environment;
using esteira::runtime::Workflows;

Workflows workflows_of(Environment environment) {
  environment.insert(
      {{"DATABASE_URL", "postgresql:///test"}, {"RABBITMQ_URL", "amqp://localhost"}, {"SECRET_TOKEN", "token"}});
  return Workflows::read(Config(esteira::runtime::kApi, environment));
}

}  // namespace

TEST_CASE("without a setting there is one workflow, default with order.created") {
  const auto workflows = workflows_of({});
  CHECK(workflows.names() == "default");
  CHECK(workflows.fallback().first_event == "order.created");
  CHECK_FALSE(workflows.fallback().needs_prices);
}

TEST_CASE("ESTEIRA_WORKFLOW and ESTEIRA_FIRST_EVENT alone make one workflow") {
  const auto workflows = workflows_of({{"ESTEIRA_WORKFLOW", "shop"}, {"ESTEIRA_FIRST_EVENT", "shop.created"}});
  CHECK(workflows.names() == "shop");
  CHECK(workflows.fallback().first_event == "shop.created");
}

TEST_CASE("ESTEIRA_WORKFLOWS lists workflows, the first of which is the fallback") {
  const auto workflows = workflows_of({{"ESTEIRA_WORKFLOWS", "a=a.created, b=b.created"},
                                       {"ESTEIRA_PRICED_WORKFLOWS", "b"},
                                       {"ESTEIRA_FIRST_EVENT", "not.read"}});
  CHECK(workflows.names() == "a, b");
  CHECK(workflows.first_events() == std::vector<std::string>{"a.created", "b.created"});
  CHECK(workflows.fallback().name == "a");
  CHECK_FALSE(workflows.find("a")->needs_prices);
  CHECK(workflows.find("b")->needs_prices);
  CHECK(workflows.find("c") == nullptr);
  CHECK(workflows_of({{"ESTEIRA_WORKFLOWS", "a=a.created,b=b.created"}, {"ESTEIRA_WORKFLOW", "b"}}).fallback().name ==
        "b");
}

TEST_CASE("workflows that are not valid stop the start") {
  const auto value = GENERATE(values<std::string>({"a", "a=", "=b", "a=b,", "A=b", "a=B", "a=b,a=c", "a=b c"}));
  CAPTURE(value);
  CHECK_THROWS_WITH(workflows_of({{"ESTEIRA_WORKFLOWS", value}}), Contains("ESTEIRA_WORKFLOWS should"));
}

TEST_CASE("a setting that names a workflow that does not exist stops the start") {
  CHECK_THROWS_WITH(workflows_of({{"ESTEIRA_PRICED_WORKFLOWS", "checkout"}}),
                    "ESTEIRA_PRICED_WORKFLOWS should name workflows of ESTEIRA_WORKFLOWS: one of default");
  CHECK_THROWS_WITH(workflows_of({{"ESTEIRA_WORKFLOWS", "a=b"}, {"ESTEIRA_WORKFLOW", "c"}}),
                    Contains("ESTEIRA_WORKFLOW should name"));
}
