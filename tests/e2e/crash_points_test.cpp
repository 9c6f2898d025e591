#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/wait.hpp"

using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

/// Places orders until the program has died at its crash point. The keys let a client repeat a request that died with
/// the API.
std::vector<std::string> place_until_crash(Pipeline& pipeline, const std::string& name,
                                           const std::vector<std::string>& skus) {
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) {
    try {
      ids.push_back(pipeline.place(skus, "key-" + std::to_string(i)));
    } catch (const std::exception&) {
      REQUIRE(name == "api");
      break;
    }
  }
  REQUIRE(pipeline.program(name).wait() == 128 + SIGKILL);
  return ids;
}

void restart_with_crash_point(Pipeline& pipeline, const std::string& name, const std::string& point) {
  pipeline.program(name).signal(SIGTERM);
  REQUIRE(pipeline.program(name).wait() == 0);
  pipeline.start(name, {{"CRASH_AT", point}});
}

void check_each_effect_once(Pipeline& pipeline, const std::vector<std::string>& ids) {
  const auto done = std::to_string(ids.size() * 3);
  CHECK(pipeline.database().value("select count(*) from orders") == std::to_string(ids.size()));
  CHECK(pipeline.database().value("select count(*) from order_events where outcome = 'done'") == done);
  CHECK(wait_until([&] { return pipeline.database().value("select count(*) from outbox") == "0"; }));
}

}  // namespace

TEST_CASE("a host crash between commit, publish, confirm and acknowledgement loses and duplicates nothing") {
  const auto name = GENERATE(std::string("process"), "finalize");
  const auto point = GENERATE(std::string("committed"), "published", "confirmed");
  Pipeline pipeline;
  restart_with_crash_point(pipeline, name, point);
  const auto ids = place_until_crash(pipeline, name, {"ABC"});
  pipeline.start(name);
  CHECK(pipeline.all_reach(ids, "completed"));
  check_each_effect_once(pipeline, ids);
}

TEST_CASE("a host crash between the publish of a retry and the acknowledgement counts one attempt only") {
  const auto point = GENERATE(std::string("committed"), "published", "confirmed");
  Pipeline pipeline;
  restart_with_crash_point(pipeline, "enrich", point);
  const auto ids = place_until_crash(pipeline, "enrich", {"FAIL-ONCE"});
  pipeline.start("enrich");
  CHECK(pipeline.all_reach(ids, "completed"));
  check_each_effect_once(pipeline, ids);
  CHECK(pipeline.database().value("select max(retry_number) from order_events") == "1");
}

TEST_CASE("a host crash between the publish of a dead letter and the acknowledgement fails the order once") {
  const auto point = GENERATE(std::string("committed"), "published", "confirmed");
  Pipeline pipeline(Pipeline::Settings{{"ESTEIRA_RETRY_DELAYS", "none"}});
  restart_with_crash_point(pipeline, "enrich", point);
  const auto ids = place_until_crash(pipeline, "enrich", {"FAIL-ALWAYS"});
  pipeline.start("enrich");
  CHECK(pipeline.all_reach(ids, "failed"));
  CHECK(pipeline.database().value("select count(*) from order_events where outcome = 'failed'") ==
        std::to_string(ids.size()));
  CHECK(wait_until([&] { return pipeline.broker().count(pipeline.queue("enrich") + ".dead") >= ids.size(); }));
}

TEST_CASE("an API crash between commit, answer and relay loses and duplicates nothing") {
  const auto point = GENERATE(std::string("stored"), "answered", "published");
  Pipeline pipeline;
  restart_with_crash_point(pipeline, "api", point);
  place_until_crash(pipeline, "api", {"ABC"});
  pipeline.start("api");
  std::vector<std::string> ids;
  ids.reserve(3);
  for (int i = 0; i < 3; ++i) ids.push_back(pipeline.place({"ABC"}, "key-" + std::to_string(i)));
  CHECK(pipeline.all_reach(ids, "completed"));
  check_each_effect_once(pipeline, ids);
}

TEST_CASE("an API crash between confirm and delete in a sweep publishes again and the effect is applied once") {
  Pipeline pipeline;
  restart_with_crash_point(pipeline, "api", "answered");
  const auto ids = place_until_crash(pipeline, "api", {"ABC"});
  pipeline.launch("api", {{"CRASH_AT", "swept"}});
  REQUIRE(pipeline.program("api").wait() == 128 + SIGKILL);
  pipeline.start("api");
  const std::vector<std::string> placed{pipeline.place({"ABC"}, "key-0")};
  CHECK(pipeline.all_reach(placed, "completed"));
  check_each_effect_once(pipeline, placed);
}
