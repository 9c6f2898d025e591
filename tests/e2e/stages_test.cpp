// Stages that come, go and move while the other programs run.
#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/process.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

constexpr const char* kRequested = "order.enrichment.requested";
constexpr const char* kChecked = "order.fraud.checked";

/// The probe plugin as a stage. The first SKU of an order decides what it does with it.
Pipeline::Settings probe_as(const std::string& stage, const std::string& consumes, const std::string& publishes) {
  return {{"ESTEIRA_PLUGIN", "probe"},      {"ESTEIRA_PLUGIN_DIR", esteira::test::build_dir() / "tests" / "plugins"},
          {"ESTEIRA_STAGE", stage},         {"ESTEIRA_CONSUMES", consumes},
          {"ESTEIRA_PUBLISHES", publishes}, {"ESTEIRA_STATUS", "none"}};
}

/// Removes the queues of a stage that Pipeline does not know.
struct StageQueues {
  Pipeline& pipeline;
  std::string stage;
  ~StageQueues() {
    pipeline.program(stage).signal(SIGKILL);
    pipeline.program(stage).wait();
    for (const auto* suffix : {"", ".dead", ".retry.50", ".retry.100"}) {
      pipeline.broker().remove_queue(pipeline.queue(stage) + suffix);
    }
  }
};

std::string stages_of(Pipeline& pipeline, const std::string& order) {
  return pipeline.database().value(
      "select string_agg(stage || ' ' || outcome, ', ' order by created_at) from order_events where order_id = '" +
      order + "' and stage <> 'api'");
}

bool is_unbound(Pipeline& pipeline, const std::string& stage, const std::string& key) {
  return wait_until([&] {
    return pipeline.database().value("select count(*) from removed_bindings where stage = '" + stage +
                                     "' and routing_key = '" + key + "'") == "1";
  });
}

/// The exit code of `esteira stage forget`.
std::optional<int> forget(Pipeline& pipeline, const std::string& stage) {
  esteira::test::Process command(esteira::test::build_dir() / "bin" / "esteira", {"stage", "forget", stage, "--yes"},
                                 {{"DATABASE_URL", pipeline.database().url()},
                                  {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                                  {"ESTEIRA_EXCHANGE", pipeline.exchange()}});
  return command.wait();
}

}  // namespace

TEST_CASE("an order that an inserted stage fails goes no further") {
  Pipeline pipeline;
  pipeline.start("enrich", {{"ESTEIRA_CONSUMES", kChecked}});
  pipeline.start("fraud", probe_as("fraud", kRequested, kChecked));
  const StageQueues queues{pipeline, "fraud"};
  REQUIRE(is_unbound(pipeline, "enrich", kRequested));
  const auto refused = pipeline.place({"FAIL"});
  const auto checked = pipeline.place({"DONE"});
  CHECK(pipeline.reaches(refused, "failed"));
  CHECK(pipeline.reaches(checked, "completed"));
  CHECK(stages_of(pipeline, checked) == "process done, fraud done, enrich done, finalize done");
  CHECK(stages_of(pipeline, refused) == "process done, fraud failed");
}

TEST_CASE("a rolling change of a routing key loses and doubles no order") {
  Pipeline pipeline;
  std::vector<std::string> orders;
  const auto place_some = [&] {
    for (int i = 0; i < 20; ++i) orders.push_back(pipeline.place({"DONE"}));
  };
  place_some();
  pipeline.start("enrich-2", {{"ESTEIRA_CONSUMES", kChecked}});
  place_some();
  pipeline.start("fraud", probe_as("fraud", kRequested, kChecked));
  const StageQueues queues{pipeline, "fraud"};
  place_some();
  pipeline.program("enrich").signal(SIGTERM);
  CHECK(pipeline.program("enrich").wait() == 0);
  place_some();
  CHECK(pipeline.all_reach(orders, "completed"));
  CHECK(pipeline.database().value("select count(*) from (select from order_events where outcome = 'done' "
                                  "group by order_id, stage having count(*) > 1) doubled") == "0");
  CHECK(pipeline.database().value("select count(*) from order_events where stage = 'enrich' and outcome = 'done'") ==
        std::to_string(orders.size()));
}

TEST_CASE("a stage is taken away without an order being lost or skipping a stage") {
  Pipeline pipeline;
  pipeline.start("enrich", {{"ESTEIRA_CONSUMES", kChecked}});
  pipeline.start("fraud", probe_as("fraud", kRequested, kChecked));
  const StageQueues queues{pipeline, "fraud"};
  std::vector<std::string> orders;
  orders.reserve(20);
  for (int i = 0; i < 20; ++i) orders.push_back(pipeline.place({"SLOW"}));
  pipeline.program("fraud").signal(SIGTERM);
  CHECK(pipeline.program("fraud").wait() == 0);
  pipeline.start("fraud", probe_as("fraud", "order.fraud.retired", kRequested));
  pipeline.start("enrich");
  for (int i = 0; i < 20; ++i) orders.push_back(pipeline.place({"DONE"}));
  CHECK(pipeline.all_reach(orders, "completed"));
  CHECK(is_unbound(pipeline, "fraud", kRequested));
  CHECK(wait_until([&] { return pipeline.broker().count(pipeline.queue("fraud")) == 0; }));
  CHECK(forget(pipeline, "fraud") == 1);
  pipeline.program("fraud").signal(SIGTERM);
  CHECK(pipeline.program("fraud").wait() == 0);
  CHECK(forget(pipeline, "fraud") == 0);
  CHECK_FALSE(pipeline.broker().has_queue(pipeline.queue("fraud")));
  CHECK(pipeline.reaches(pipeline.place(), "completed"));
}

TEST_CASE("a host with another plugin for a stage ends with one line, and the stage works on") {
  Pipeline pipeline;
  pipeline.launch("second", probe_as("enrich", kRequested, "order.enriched"));
  CHECK(pipeline.program("second").wait() == 1);
  CHECK_THAT(pipeline.program("second").output(),
             Contains("\nesteira-host: stage enrich is run by plugin enrich ") && Contains("set ESTEIRA_STAGE"));
  CHECK(pipeline.reaches(pipeline.place(), "completed"));
}

TEST_CASE("a host that gets no orders, or after which orders get no further, says so") {
  Pipeline pipeline;
  pipeline.start("stray", probe_as("stray", "order.strayed", "order.nowhere"));
  const StageQueues queues{pipeline, "stray"};
  const auto says = [&](const std::string& text) {
    return wait_until([&] { return pipeline.program("stray").output().find(text) != std::string::npos; });
  };
  CHECK(says("consumes order.strayed, which no registered stage publishes"));
  CHECK(says("publishes order.nowhere, which no registered stage consumes"));
}
