#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/wait.hpp"

using esteira::test::http_request;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

double metric(Pipeline& pipeline, const std::string& program, const std::string& line_start) {
  const auto text = http_request(pipeline.port(program), "GET", "/metrics").body;
  const auto at = text.find("\n" + line_start);
  return at == std::string::npos ? 0 : std::stod(text.substr(at + 1 + line_start.size()));
}

double calls(Pipeline& pipeline, const std::string& program) {
  return metric(pipeline, program, "esteira_handler_duration_seconds_count{stage=\"enrich\"} ");
}

}  // namespace

TEST_CASE("cut connections to RabbitMQ count as no crash, and no host repeats what another one is doing") {
  constexpr int kOrders = 20;
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "20s"}, {"enrich/ESTEIRA_DELIVERY_LIMIT", "2"}});
  pipeline.start("enrich-2");
  std::vector<std::string> ids;
  ids.reserve(kOrders);
  for (int i = 0; i < kOrders; ++i) ids.push_back(pipeline.place());
  REQUIRE(wait_until([&] {
    return pipeline.database().value("select count(*) from order_events where stage = 'process'") ==
           std::to_string(kOrders);
  }));
  for (int cut = 0; cut < 4; ++cut) {
    pipeline.broker_proxy().cut();
    for (const auto* host : {"enrich", "enrich-2"}) {
      REQUIRE(wait_until([&] { return http_request(pipeline.port(host), "GET", "/readyz").status != 200; }));
    }
    pipeline.broker_proxy().restore();
    for (const auto* host : {"enrich", "enrich-2"}) {
      REQUIRE(wait_until([&] { return http_request(pipeline.port(host), "GET", "/readyz").status == 200; }));
    }
  }
  CHECK(pipeline.all_reach(ids, "completed"));
  CHECK(pipeline.broker().count(pipeline.queue("enrich") + ".dead") == 0);
  CHECK(pipeline.database().value("select count(*) from order_events where outcome = 'failed'") == "0");
  CHECK(calls(pipeline, "enrich") + calls(pipeline, "enrich-2") == kOrders);
  CHECK(wait_until([&] { return metric(pipeline, "enrich", "esteira_in_flight{stage=\"enrich\"} ") == 0; }));
  CHECK(wait_until([&] { return metric(pipeline, "enrich-2", "esteira_in_flight{stage=\"enrich\"} ") == 0; }));
}
