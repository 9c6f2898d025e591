#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/wait.hpp"

using esteira::test::Pipeline;
using esteira::test::wait_until;
using std::chrono::seconds;

namespace {

std::vector<std::string> place_many(Pipeline& pipeline, int count) {
  std::vector<std::string> ids;
  ids.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ids.push_back(pipeline.place());
  return ids;
}

/// Every order is completed, each of the three stages is done exactly once, and there are no retries or failures.
void check_effects(Pipeline& pipeline, std::size_t orders) {
  CHECK(pipeline.database().value("select count(*) from orders where status = 'completed'") == std::to_string(orders));
  CHECK(pipeline.database().value("select count(*) from order_events where outcome = 'done'") ==
        std::to_string(orders * 3));
  CHECK(pipeline.database().value("select count(*) from order_events where outcome in ('retry', 'failed')") == "0");
  CHECK(wait_until([&] { return pipeline.database().value("select count(*) from outbox") == "0"; }));
}

}  // namespace

TEST_CASE("an order accepted while RabbitMQ is down completes when it is back") {
  Pipeline pipeline;
  pipeline.broker_proxy().cut();
  const auto ids = place_many(pipeline, 5);
  pipeline.broker_proxy().restore();
  CHECK(pipeline.all_reach(ids, "completed"));
  check_effects(pipeline, ids.size());
}

TEST_CASE("cut RabbitMQ connections lose no orders in flight") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "300ms"}});
  const auto ids = place_many(pipeline, 20);
  pipeline.broker_proxy().cut();
  pipeline.broker_proxy().restore();
  CHECK(pipeline.all_reach(ids, "completed"));
  check_effects(pipeline, ids.size());
}

TEST_CASE("without PostgreSQL the API answers 503, and work resumes when it is back") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "300ms"}});
  const auto ids = place_many(pipeline, 10);
  pipeline.database_proxy().cut();
  const auto answer = pipeline.post(R"({"customer_id":"1","items":[{"sku":"A","qty":1}]})");
  CHECK(answer.status == 503);
  CHECK(answer.headers.count("retry-after") == 1);
  pipeline.database_proxy().restore();
  CHECK(pipeline.all_reach(ids, "completed"));
  check_effects(pipeline, ids.size());
}

TEST_CASE("a program killed with orders in flight loses none of them") {
  const auto name = GENERATE(from_range(Pipeline::names()));
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "200ms"}});
  const auto ids = place_many(pipeline, 20);
  pipeline.program(name).signal(SIGKILL);
  REQUIRE(pipeline.program(name).wait() == 128 + SIGKILL);
  pipeline.start(name);
  CHECK(pipeline.all_reach(ids, "completed"));
  check_effects(pipeline, ids.size());
}

TEST_CASE("a program stopped by SIGTERM with orders in flight exits with 0 and loses none of them") {
  const auto name = GENERATE(from_range(Pipeline::names()));
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "200ms"}});
  const auto ids = place_many(pipeline, 20);
  pipeline.program(name).signal(SIGTERM);
  REQUIRE(pipeline.program(name).wait(seconds(40)) == 0);
  pipeline.start(name);
  CHECK(pipeline.all_reach(ids, "completed"));
  check_effects(pipeline, ids.size());
}

TEST_CASE("a second signal ends a program at once") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "20s"}});
  pipeline.place();
  // An empty queue would say too little: the order may not have come to it yet.
  REQUIRE(wait_until([&] {
    return http_request(pipeline.port("enrich"), "GET", "/metrics")
               .body.find("esteira_in_flight{stage=\"enrich\"} 1") != std::string::npos;
  }));
  auto& enrich = pipeline.program("enrich");
  enrich.signal(SIGTERM);
  REQUIRE(wait_until([&] { return enrich.output().find("\"stopping\"") != std::string::npos; }));
  enrich.signal(SIGTERM);
  CHECK(enrich.wait() == 128 + SIGTERM);
}
