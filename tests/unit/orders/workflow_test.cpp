#include "runtime/orders/workers/workflow.hpp"

#include <catch2/catch.hpp>

namespace {

using esteira::runtime::orders::binding_matches;
using esteira::runtime::orders::find_workflow_faults;
using esteira::runtime::orders::StageOverview;

StageOverview workflow_stage(const std::string& name, const std::string& consumes, const std::string& publishes,
                             const std::string& status = {}) {
  StageOverview stage;
  stage.stage = name;
  stage.plugin = name;
  stage.consumes = {consumes};
  stage.publishes = publishes;
  stage.status = status;
  return stage;
}

std::vector<StageOverview> shipped_workflow() {
  return {workflow_stage("enrich", "order.enrichment.requested", "order.enriched"),
          workflow_stage("finalize", "order.enriched", "order.completed", "completed"),
          workflow_stage("process", "order.created", "order.enrichment.requested", "processing")};
}

std::vector<std::string> faulty_stages(const std::vector<StageOverview>& stages) {
  std::vector<std::string> names;
  for (const auto& fault : find_workflow_faults(stages, {{"order.created"}, {}})) names.push_back(fault.stage);
  return names;
}

}  // namespace

TEST_CASE("a binding key matches routing keys as a topic exchange does") {
  const auto [pattern, key, matches] = GENERATE(table<std::string, std::string, bool>({
      {"order.created", "order.created", true},
      {"order.created", "order.paid", false},
      {"order.created", "order.created.late", false},
      {"order", "order.created", false},
      {"order.*", "order.created", true},
      {"order.*", "order", false},
      {"order.*", "order.a.b", false},
      {"*.created", "order.created", true},
      {"#", "order.created", true},
      {"order.#", "order", true},
      {"order.#", "order.a.b", true},
      {"#.b", "order.a.b", true},
      {"#.b", "order.a.c", false},
      {"order.#.b", "order.b", true},
      {"order.#.b", "order", false},
  }));
  CAPTURE(pattern, key);
  CHECK(binding_matches(pattern, key) == matches);
}

TEST_CASE("a connected workflow, also with a stage after the last one or beside another, has no faults") {
  auto stages = shipped_workflow();
  SECTION("as shipped") {}
  SECTION("a stage that undoes cancelled orders") { stages.push_back(workflow_stage("refund", "order.cancelled", "")); }
  SECTION("after completion") { stages.push_back(workflow_stage("loyalty", "order.completed", "")); }
  SECTION("after that") {
    stages.push_back(workflow_stage("loyalty", "order.completed", "order.points"));
    stages.push_back(workflow_stage("mail", "order.points", ""));
  }
  SECTION("beside another") { stages.push_back(workflow_stage("journal", "order.enrichment.requested", "")); }
  SECTION("a pattern") { stages.push_back(workflow_stage("journal", "order.#", "")); }
  SECTION("a loop") { stages.push_back(workflow_stage("again", "order.enriched", "order.enrichment.requested")); }
  CHECK(faulty_stages(stages).empty());
}

TEST_CASE("a stage that gets no orders is a fault") {
  auto stages = shipped_workflow();
  stages.push_back(workflow_stage("stray", "order.strayed", "order.enriched"));
  CHECK(faulty_stages(stages) == std::vector<std::string>{"stray"});
}

TEST_CASE("a stage after which orders get no further is a fault") {
  auto stages = shipped_workflow();
  SECTION("it publishes nothing") { stages[1] = workflow_stage("finalize", "order.enriched", "", "shipped"); }
  SECTION("nobody consumes what it publishes") {
    stages[1] = workflow_stage("finalize", "order.enriched", "order.finished", "shipped");
  }
  CHECK(faulty_stages(stages) == std::vector<std::string>{"finalize"});
}

TEST_CASE("a compensating stage, which consumes refused events and completes nothing, has no faults") {
  auto stages = shipped_workflow();
  stages[0].refused = "order.enrichment.refused";
  stages[2].refused = "order.refused";
  stages.push_back(workflow_stage("refund", "order.refused", ""));
  stages.back().consumes.emplace_back("order.enrichment.refused");
  SECTION("alone") {}
  SECTION("with another after it") {
    stages.back().publishes = "order.refunded";
    stages.push_back(workflow_stage("mail", "order.refunded", ""));
  }
  CHECK(faulty_stages(stages).empty());
}

TEST_CASE("a refused event that nobody consumes is a fault, and a stage gets orders by one of its keys") {
  auto stages = shipped_workflow();
  stages[0].refused = "order.enrichment.refused";
  CHECK(find_workflow_faults(stages, {{"order.created"}, {}}).at(0).text ==
        "stage enrich refuses orders with order.enrichment.refused, which no registered stage consumes: refused orders "
        "wait after it; start the stage that consumes it, or correct ESTEIRA_REFUSED");
  stages.push_back(workflow_stage("refund", "order.enrichment.refused", ""));
  CHECK(faulty_stages(stages).empty());
  stages.back().consumes.emplace_back("order.lost");
  CHECK(faulty_stages(stages).empty());
  stages[0].refused.clear();
  CHECK(
      find_workflow_faults(stages, {{"order.created"}, {}}).at(0).text ==
      "stage refund consumes order.enrichment.refused and order.lost, which no registered stage publishes: it gets no "
      "orders; correct ESTEIRA_CONSUMES, or start the stage that publishes it");
}

TEST_CASE("an optional event needs no consumer") {
  auto stages = shipped_workflow();
  stages[0].refused = "order.enrichment.refused";
  stages.push_back(workflow_stage("refund", "order.cancelled", "order.refunded"));
  CHECK(faulty_stages(stages) == std::vector<std::string>{"enrich", "refund"});
  CHECK(find_workflow_faults(stages, {{"order.created"}, {"order.enrichment.refused", "order.refunded"}}).empty());
}

TEST_CASE("each workflow has a first event of its own") {
  auto stages = shipped_workflow();
  stages.push_back(workflow_stage("pay", "checkout.created", "order.enriched", "paid"));
  CHECK(faulty_stages(stages) == std::vector<std::string>{"pay"});
  CHECK(find_workflow_faults(stages, {{"order.created", "checkout.created"}, {}}).empty());
}

TEST_CASE("nothing is said about a stage whose hosts have not registered what they do") {
  auto stages = shipped_workflow();
  stages[2].plugin.clear();
  CHECK(faulty_stages(stages).empty());
}
