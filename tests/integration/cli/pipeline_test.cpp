#include "tests/e2e/pipeline.hpp"

#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

struct Result {
  int code = -1;
  std::string output;
};

Result run_on(Pipeline& pipeline, const std::vector<std::string>& arguments, const Pipeline::Settings& more = {}) {
  Pipeline::Settings environment{{"DATABASE_URL", pipeline.database().url()},
                                 {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                                 {"ESTEIRA_EXCHANGE", pipeline.exchange()},
                                 {"ESTEIRA_RETRY_DELAYS", "50ms,100ms"}};
  environment.insert(more.begin(), more.end());
  esteira::test::Process process(esteira::test::build_dir() / "bin" / "esteira", arguments, environment);
  const auto code = process.wait(std::chrono::seconds(60));
  return {code.value_or(-1), process.output()};
}

void stop(Pipeline& pipeline, const std::string& name) {
  pipeline.program(name).signal(SIGTERM);
  REQUIRE(pipeline.program(name).wait(std::chrono::seconds(40)) == 0);
}

}  // namespace

TEST_CASE("failed orders complete after a redrive with a canary, and the audit is clean") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_FAIL_SKUS", "BROKEN"}});
  std::vector<std::string> ids(4);
  std::ranges::generate(ids, [&] { return pipeline.place({"BROKEN"}); });
  REQUIRE(pipeline.all_reach(ids, "failed"));
  const auto stopped = run_on(pipeline, {"dlq", "redrive", "--canary", "1", "--yes"});
  CAPTURE(stopped.output);
  CHECK(stopped.code == 1);
  CHECK_THAT(stopped.output, Contains("failed again in enrich") && Contains("3 dead letters were not attempted"));

  stop(pipeline, "enrich");
  pipeline.start("enrich", {{"ENRICH_FAIL_SKUS", "NONE"}});
  const auto redriven = run_on(pipeline, {"dlq", "redrive", "--canary", "1", "--yes"});
  CAPTURE(redriven.output);
  CHECK(redriven.code == 0);
  CHECK(pipeline.all_reach(ids, "completed"));
  const auto audited = run_on(pipeline, {"audit", "--grace-period", "1s"});
  CAPTURE(audited.output);
  CHECK(audited.code == 0);
}

TEST_CASE("a redrive that crashes is repeated and redrives each order once") {
  const auto point = GENERATE(std::string("claiming"), "claimed");
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_FAIL_SKUS", "BROKEN"}});
  std::vector<std::string> ids(3);
  std::ranges::generate(ids, [&] { return pipeline.place({"BROKEN"}); });
  REQUIRE(pipeline.all_reach(ids, "failed"));
  const auto dead_letters = [&] { return pipeline.broker().count(pipeline.queue("enrich") + ".dead"); };
  REQUIRE(wait_until([&] { return dead_letters() == ids.size(); }));
  stop(pipeline, "enrich");
  pipeline.start("enrich", {{"ENRICH_FAIL_SKUS", "NONE"}});

  REQUIRE(run_on(pipeline, {"dlq", "redrive", "--yes"}, {{"CRASH_AT", point}}).code == 128 + SIGKILL);
  REQUIRE(wait_until([&] { return dead_letters() == ids.size(); }));
  const auto repeated = run_on(pipeline, {"dlq", "redrive", "--yes"});
  CAPTURE(point, repeated.output);
  CHECK(repeated.code == 0);
  CHECK(pipeline.all_reach(ids, "completed"));
  CHECK(dead_letters() == 0);
  auto& database = pipeline.database();
  CHECK(database.value("select count(*) from order_events where outcome = 'redriven'") == "3");
  CHECK(database.value("select count(*) from order_events where stage = 'enrich' and outcome = 'done'") == "3");
  const auto audited = run_on(pipeline, {"audit", "--grace-period", "1s"});
  CAPTURE(audited.output);
  CHECK(audited.code == 0);
}

TEST_CASE("an order whose message is lost is found by the audit, repaired, and completes") {
  Pipeline pipeline;
  stop(pipeline, "enrich");
  const auto id = pipeline.place();
  REQUIRE(pipeline.broker().get(pipeline.queue("enrich")));
  pipeline.database().execute("delete from outbox");
  pipeline.database().execute("update orders set updated_at = now() - interval '1 hour'");
  pipeline.database().execute("update order_events set created_at = created_at - interval '1 hour'");
  const auto audited = run_on(pipeline, {"audit", "--repair"});
  CAPTURE(audited.output);
  CHECK(audited.code == 1);
  CHECK_THAT(audited.output, Contains(id) && Contains("repaired   1 orders"));
  pipeline.start("enrich");
  CHECK(pipeline.reaches(id, "completed"));
  CHECK(run_on(pipeline, {"audit", "--grace-period", "1s"}).code == 0);
}

TEST_CASE("the audit does not report an order that is in flight in a host") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "30s"}});
  const auto id = pipeline.place();
  REQUIRE(pipeline.reaches(id, "processing"));
  pipeline.database().execute("update orders set updated_at = now() - interval '1 hour'");
  pipeline.database().execute("update order_events set created_at = created_at - interval '1 hour'");
  const auto audited = run_on(pipeline, {"audit"});
  CAPTURE(audited.output);
  CHECK(audited.code == 0);
  CHECK_THAT(audited.output, Contains("messages   1"));
}

TEST_CASE("a failure that PostgreSQL cannot store becomes a dead letter, and a redrive completes its order") {
  Pipeline pipeline;
  auto& database = pipeline.database();
  database.execute(
      "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$");
  database.execute(
      "create trigger refuse before insert on order_events for each row when (new.stage = 'enrich') "
      "execute function refuse()");
  const auto id = pipeline.place();
  const auto dead = pipeline.queue("enrich") + ".dead";
  REQUIRE(wait_until([&] { return pipeline.broker().count(dead) == 1; }));
  CHECK_THAT(run_on(pipeline, {"dlq", "list"}).output, Contains("at least 1 messages belong to no failed order"));
  CHECK(run_on(pipeline, {"dlq", "collect"}).code == 0);
  const auto listed = run_on(pipeline, {"dlq", "list"});
  CHECK_THAT(listed.output, Contains(id) && Contains("could not be stored") && Contains("not this one"));
  CHECK(wait_until([&] {
    const auto audited = run_on(pipeline, {"audit", "--grace-period", "1s"});
    return audited.code == 1 && audited.output.find("lost_message") != std::string::npos;
  }));

  database.execute("drop trigger refuse on order_events");
  CHECK(run_on(pipeline, {"dlq", "redrive", "--yes"}).code == 0);
  CHECK(pipeline.reaches(id, "completed"));
}

TEST_CASE("after a restore into an empty broker failed orders are redriven, and the audit is clean") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_FAIL_SKUS", "BROKEN"}});
  std::vector<std::string> ids(3);
  std::ranges::generate(ids, [&] { return pipeline.place({"BROKEN"}); });
  REQUIRE(pipeline.all_reach(ids, "failed"));
  for (const auto& name : Pipeline::names()) stop(pipeline, name);
  for (const auto* stage : {"process", "enrich", "finalize"}) {
    for (const auto* suffix : {"", ".dead", ".retry.50", ".retry.100"}) {
      pipeline.broker().remove_queue(pipeline.queue(stage) + suffix);
    }
  }
  pipeline.broker().remove_exchange(pipeline.exchange());

  CHECK(run_on(pipeline, {"audit", "--grace-period", "1s"}).code == 0);
  CHECK_THAT(run_on(pipeline, {"dlq", "list"}).output, Contains(ids.front()));
  for (const auto& name : Pipeline::names()) pipeline.start(name, {{"ENRICH_FAIL_SKUS", "NONE"}});
  CHECK(run_on(pipeline, {"dlq", "redrive", "--yes"}).code == 0);
  CHECK(pipeline.all_reach(ids, "completed"));
  const auto audited = run_on(pipeline, {"audit", "--grace-period", "1s"});
  CAPTURE(audited.output);
  CHECK(audited.code == 0);
}
