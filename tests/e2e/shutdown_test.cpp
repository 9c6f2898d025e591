#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/wait.hpp"

using esteira::test::http_request;
using esteira::test::Pipeline;
using esteira::test::wait_until;
using std::chrono::seconds;

namespace {

/// Well above ESTEIRA_SHUTDOWN_TIMEOUT, and below what an end without a deadline takes: the watchdog of PostgreSQL
/// waits for 15 seconds, and several connections wait one after the other.
constexpr seconds kMaxStopTime{10};

}  // namespace

TEST_CASE("with PostgreSQL frozen programs end within their shutdown timeout and lose nothing") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "1s"}, {"ESTEIRA_SHUTDOWN_TIMEOUT", "2s"}});
  std::vector<std::string> ids;
  ids.reserve(10);
  for (int i = 0; i < 10; ++i) ids.push_back(pipeline.place());
  REQUIRE(wait_until([&] {
    return http_request(pipeline.port("enrich"), "GET", "/metrics")
               .body.find("esteira_in_flight{stage=\"enrich\"} 10") != std::string::npos;
  }));
  pipeline.database_proxy().freeze();
  for (const auto& name : Pipeline::names()) {
    pipeline.program(name).signal(15);
    INFO(name << ": " << pipeline.program(name).output());
    REQUIRE(pipeline.program(name).wait(kMaxStopTime) == 0);
  }
  pipeline.database_proxy().thaw();
  for (const auto& name : Pipeline::names()) pipeline.start(name);
  CHECK(pipeline.all_reach(ids, "completed"));
  CHECK(pipeline.database().value("select count(*) from order_events where outcome in ('retry', 'failed')") == "0");
  CHECK(http_request(pipeline.port("enrich"), "GET", "/metrics")
            .body.find("esteira_redelivered_total{cause=\"crash\",stage=\"enrich\"} 0") != std::string::npos);
}

TEST_CASE("with RabbitMQ frozen programs end within their shutdown timeout and lose nothing") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "1s"}, {"ESTEIRA_SHUTDOWN_TIMEOUT", "2s"}});
  std::vector<std::string> ids;
  ids.reserve(10);
  for (int i = 0; i < 10; ++i) ids.push_back(pipeline.place());
  pipeline.broker_proxy().freeze();
  for (const auto& name : Pipeline::names()) {
    pipeline.program(name).signal(15);
    INFO(name << ": " << pipeline.program(name).output());
    REQUIRE(pipeline.program(name).wait(kMaxStopTime) == 0);
  }
  pipeline.broker_proxy().thaw();
  for (const auto& name : Pipeline::names()) pipeline.start(name);
  CHECK(pipeline.all_reach(ids, "completed"));
}
