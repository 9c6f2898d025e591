#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using esteira::test::http_request;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

/// Runs the probe plugin as the stage enrich. The first SKU of an order chooses what its handler does.
Pipeline::Settings probe_settings() {
  return {{"enrich/ESTEIRA_PLUGIN", "probe"},
          {"enrich/ESTEIRA_PLUGIN_DIR", esteira::test::build_dir() / "tests" / "plugins"},
          {"enrich/ESTEIRA_STAGE", "enrich"},
          {"enrich/ESTEIRA_CONSUMES", "order.enrichment.requested"},
          {"enrich/ESTEIRA_PUBLISHES", "order.enriched"},
          {"enrich/ENRICH_DELAY", ""}};
}

}  // namespace

TEST_CASE("a poison message is dead-lettered after a few crashes and the other messages complete") {
  Pipeline pipeline(probe_settings());
  std::vector<std::string> others;
  others.reserve(40);
  for (int i = 0; i < 20; ++i) others.push_back(pipeline.place({"DONE"}));
  const auto poison = pipeline.place({"CRASH"});
  for (int i = 0; i < 20; ++i) others.push_back(pipeline.place({"DONE"}));

  int crashes = 0;
  const auto is_failed = [&] {
    if (pipeline.program("enrich").wait(std::chrono::milliseconds(1))) {
      ++crashes;
      pipeline.launch("enrich");
    }
    return pipeline.database().value("select status from orders where id = '" + poison + "'") == "failed";
  };
  REQUIRE(wait_until(is_failed, std::chrono::seconds(90)));
  CHECK(crashes >= 2);
  CHECK(crashes <= 8);
  CHECK(pipeline.all_reach(others, "completed"));
  CHECK(pipeline.database().value("select failure_reason from orders where id = '" + poison + "'").find("crashed") !=
        std::string::npos);
  CHECK(wait_until([&] { return pipeline.broker().count(pipeline.queue("enrich") + ".dead") == 1; }));
}

TEST_CASE("healthz fails only when every handler slot is occupied by a hanging handler") {
  auto settings = probe_settings();
  settings["enrich/ESTEIRA_CONCURRENCY"] = "2";
  settings["enrich/ESTEIRA_HANDLER_TIMEOUT"] = "200ms";
  settings["enrich/ESTEIRA_RETRY_DELAYS"] = "none";
  Pipeline pipeline(settings);
  const auto health = [&] { return http_request(pipeline.port("enrich"), "GET", "/healthz").status; };
  CHECK(pipeline.reaches(pipeline.place({"STUCK"}), "failed"));
  CHECK(pipeline.reaches(pipeline.place({"DONE"}), "completed"));
  CHECK(health() == 200);
  CHECK(pipeline.reaches(pipeline.place({"STUCK"}), "failed"));
  CHECK(wait_until([&] { return health() != 200; }));
}

TEST_CASE("redelivery after a host stop counts as a stop, not as a crash or an attempt") {
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "2s"}, {"enrich/ESTEIRA_SHUTDOWN_TIMEOUT", "1s"}});
  std::vector<std::string> ids;
  ids.reserve(5);
  for (int i = 0; i < 5; ++i) ids.push_back(pipeline.place());
  REQUIRE(wait_until([&] {
    return http_request(pipeline.port("enrich"), "GET", "/metrics")
               .body.find("esteira_in_flight{stage=\"enrich\"} 5") != std::string::npos;
  }));
  pipeline.program("enrich").signal(15);
  REQUIRE(pipeline.program("enrich").wait() == 0);
  pipeline.start("enrich");
  CHECK(pipeline.all_reach(ids, "completed"));
  const auto metrics = http_request(pipeline.port("enrich"), "GET", "/metrics").body;
  CHECK(metrics.find("esteira_redelivered_total{cause=\"stop\",stage=\"enrich\"} 5") != std::string::npos);
  CHECK(metrics.find("esteira_redelivered_total{cause=\"crash\",stage=\"enrich\"} 0") != std::string::npos);
  CHECK(pipeline.database().value("select count(*) from order_events where outcome = 'retry'") == "0");
}

TEST_CASE("a stage with slow blocking handlers leaves messages to a second host") {
  constexpr int kOrders = 60;
  auto settings = probe_settings();
  settings["enrich/ESTEIRA_CONCURRENCY"] = "2";
  settings["ENRICH_SLOW"] = "1s";
  Pipeline pipeline(settings);
  std::vector<std::string> ids;
  ids.reserve(kOrders);
  for (int i = 0; i < kOrders; ++i) ids.push_back(pipeline.place({"SLOW"}));
  REQUIRE(wait_until([&] { return pipeline.broker().count(pipeline.queue("enrich")) > 16; }));
  pipeline.start("enrich-2");
  CHECK(wait_until([&] {
    return http_request(pipeline.port("enrich-2"), "GET", "/metrics")
               .body.find("esteira_in_flight{stage=\"enrich\"} 16") != std::string::npos;
  }));
  CHECK(pipeline.all_reach(ids, "completed"));
}
