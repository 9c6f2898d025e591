// A stage that refuses orders with its refused event, and a compensating stage that consumes two events.
#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/process.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

constexpr const char* kScreenInput = "order.enrichment.requested";
constexpr const char* kScreened = "order.screened";
constexpr const char* kScreenRefused = "order.screen.refused";
constexpr const char* kDetour = "order.detour";
constexpr std::chrono::seconds kLanded{60};

/// The probe plugin between process and enrich: it refuses orders whose first SKU is FAIL, and publishes order.detour
/// for DETOUR.
Pipeline::Settings screen(const Pipeline::Settings& more = {}) {
  Pipeline::Settings settings{
      {"ESTEIRA_PLUGIN", "probe"},      {"ESTEIRA_PLUGIN_DIR", esteira::test::build_dir() / "tests" / "plugins"},
      {"ESTEIRA_STAGE", "screen"},      {"ESTEIRA_CONSUMES", kScreenInput},
      {"ESTEIRA_PUBLISHES", kScreened}, {"ESTEIRA_REFUSED", kScreenRefused},
      {"ESTEIRA_STATUS", "none"}};
  for (const auto& [name, value] : more) settings[name] = value;
  return settings;
}

/// A compensating stage: it has neither a status nor a next event.
Pipeline::Settings refund(const std::string& consumes, const Pipeline::Settings& more = {}) {
  Pipeline::Settings settings{{"ESTEIRA_PLUGIN", "finalize"},
                              {"ESTEIRA_STAGE", "refund"},
                              {"ESTEIRA_CONSUMES", consumes},
                              {"ESTEIRA_PUBLISHES", "none"},
                              {"ESTEIRA_STATUS", "none"}};
  for (const auto& [name, value] : more) settings[name] = value;
  return settings;
}

std::string both_keys() { return std::string(kScreenRefused) + "," + kDetour; }

struct RefusingPipeline {
  RefusingPipeline() {
    pipeline.start("enrich", {{"ESTEIRA_CONSUMES", kScreened}});
    pipeline.start("screen", screen());
    REQUIRE(wait_until([&] {
      return pipeline.database().value("select count(*) from removed_bindings where stage = 'enrich'") == "1";
    }));
  }
  ~RefusingPipeline() {
    for (const auto& host : hosts) {
      pipeline.program(host).signal(SIGKILL);
      pipeline.program(host).wait();
    }
    for (const auto* stage : {"screen", "refund"}) {
      for (const auto* suffix : {"", ".dead", ".retry.50", ".retry.100"}) {
        pipeline.broker().remove_queue(pipeline.queue(stage) + suffix);
      }
    }
  }
  RefusingPipeline(const RefusingPipeline&) = delete;
  RefusingPipeline& operator=(const RefusingPipeline&) = delete;

  void start_refund(const std::string& consumes, const std::string& name = "refund") {
    hosts.push_back(name);
    pipeline.start(name, refund(consumes));
  }

  void place(int count, const std::string& sku = "FAIL") {
    for (int i = 0; i < count; ++i) orders.push_back(pipeline.place({sku}));
  }

  /// Whether the refund of each order lands, once.
  bool all_are_refunded() {
    const auto count = std::to_string(orders.size());
    const bool landed = wait_until([&] { return refunds() == count; }, kLanded);
    return landed && pipeline.database().value(
                         "select count(distinct order_id) from order_events where "
                         "stage = 'refund' and outcome = 'done'") == count;
  }
  std::string refunds() {
    return pipeline.database().value("select count(*) from order_events where stage = 'refund' and outcome = 'done'");
  }

  /// The order failed once, by a refusal, and no dead letter stands for it.
  void check_refused() {
    const auto count = std::to_string(orders.size());
    CHECK(pipeline.all_reach(orders, "failed"));
    CHECK(pipeline.database().value("select count(*) from order_events where outcome = 'failed'") == count);
    CHECK(pipeline.database().value("select count(*) from order_events where outcome = 'failed' and routing_key = '" +
                                    std::string(kScreenRefused) + "'") == count);
    CHECK(pipeline.broker().count(pipeline.queue("screen") + ".dead") == 0);
  }

  std::string audit() {
    esteira::test::Process command(esteira::test::build_dir() / "bin" / "esteira", {"audit", "--grace-period", "1s"},
                                   {{"DATABASE_URL", pipeline.database().url()},
                                    {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                                    {"ESTEIRA_EXCHANGE", pipeline.exchange()}});
    const auto code = command.wait();
    return std::to_string(code.value_or(-1)) + "\n" + command.output();
  }

  Pipeline pipeline;
  std::vector<std::string> hosts{"screen"};
  std::vector<std::string> orders;
};

}  // namespace

TEST_CASE_METHOD(RefusingPipeline, "a refused order fails without a dead letter, and its compensation lands on it") {
  start_refund(both_keys());
  const auto seen = pipeline.queue("seen");
  pipeline.broker().declare_queue(seen, pipeline.exchange(), kScreenRefused);
  place(1);
  CHECK(all_are_refunded());
  check_refused();
  const auto shown = pipeline.order(orders.front());
  CHECK(shown.at("status") == "failed");
  CHECK(shown.at("failure_reason") == "the probe was told to fail");
  const auto& timeline = shown.at("timeline");
  REQUIRE(timeline.size() == 4);
  CHECK(timeline.at(2).at("stage") == "screen");
  CHECK(timeline.at(2).at("outcome") == "failed");
  CHECK(timeline.at(2).at("event") == kScreenRefused);
  CHECK(timeline.at(3).at("stage") == "refund");
  CHECK(timeline.at(3).at("outcome") == "done");
  const auto event = pipeline.broker().get(seen);
  pipeline.broker().remove_queue(seen);
  REQUIRE(event);
  const auto data = nlohmann::json::parse(event->body).at("data");
  CHECK(data.at("screen") == nlohmann::json{{"refused", "the probe was told to fail"}});
  CHECK_THAT(audit(), Catch::StartsWith("0\n") && Contains("clean"));
}

TEST_CASE_METHOD(RefusingPipeline, "a stage with two keys gets the orders of both, and a changed list loses none") {
  start_refund(kScreenRefused);
  place(10);
  start_refund(both_keys(), "refund-2");
  place(10);
  place(10, "DETOUR");
  pipeline.program("refund").signal(SIGTERM);
  CHECK(pipeline.program("refund").wait() == 0);
  place(10);
  place(10, "DETOUR");
  CHECK(all_are_refunded());
  start_refund(kDetour, "refund-3");
  CHECK(wait_until([&] {
    return pipeline.database().value("select routing_key from removed_bindings where stage = 'refund'") ==
           kScreenRefused;
  }));
  place(5, "DETOUR");
  CHECK(all_are_refunded());
}

TEST_CASE_METHOD(RefusingPipeline,
                 "a host that dies on the way of a refusal loses and doubles neither it nor its refund") {
  const auto point = GENERATE(std::string("committed"), "published", "confirmed");
  start_refund(both_keys());
  SECTION("the host that refuses") {
    pipeline.program("screen").signal(SIGTERM);
    REQUIRE(pipeline.program("screen").wait() == 0);
    pipeline.start("screen", screen({{"CRASH_AT", point}}));
    place(10);
    REQUIRE(pipeline.program("screen").wait() == 128 + SIGKILL);
    pipeline.start("screen", screen());
  }
  SECTION("the host that compensates") {
    if (point == "published") return;  // it publishes nothing
    pipeline.program("refund").signal(SIGTERM);
    REQUIRE(pipeline.program("refund").wait() == 0);
    pipeline.start("refund", refund(both_keys(), {{"CRASH_AT", point}}));
    place(10);
    REQUIRE(pipeline.program("refund").wait() == 128 + SIGKILL);
    pipeline.start("refund", refund(both_keys()));
  }
  CHECK(all_are_refunded());
  check_refused();
  CHECK_THAT(audit(), Catch::StartsWith("0\n"));
}

TEST_CASE_METHOD(RefusingPipeline, "a broker that is cut off amid refusals delays them and loses none") {
  start_refund(both_keys());
  for (int cut = 0; cut < 3; ++cut) {
    place(10);
    pipeline.broker_proxy().cut();
    place(10);
    pipeline.broker_proxy().restore();
  }
  CHECK(all_are_refunded());
  check_refused();
}

TEST_CASE_METHOD(RefusingPipeline, "a refused event that nobody consumes waits, through a crash, until a stage does") {
  place(5);
  CHECK(pipeline.all_reach(orders, "failed"));
  const auto waits = [&] {
    return pipeline.program("screen").output().find("no queue is bound to this routing key") != std::string::npos;
  };
  CHECK(wait_until(waits));
  pipeline.program("screen").signal(SIGKILL);
  pipeline.program("screen").wait();
  pipeline.start("screen", screen());
  CHECK(wait_until(waits));
  CHECK(wait_until([&] {
    return pipeline.program("screen").output().find(std::string("refuses orders with ") + kScreenRefused) !=
           std::string::npos;
  }));
  start_refund(both_keys());
  CHECK(all_are_refunded());
  check_refused();
}

TEST_CASE_METHOD(RefusingPipeline,
                 "retries that are used up are no refusal: a dead letter follows, and a redrive sends it back") {
  start_refund(both_keys());
  const auto seen = pipeline.queue("seen");
  pipeline.broker().declare_queue(seen, pipeline.exchange(), kScreenRefused);
  const auto exhausted = pipeline.place({"RETRY"});
  place(1);
  CHECK(pipeline.reaches(exhausted, "failed"));
  CHECK(wait_until([&] { return pipeline.broker().count(pipeline.queue("screen") + ".dead") == 1; }));
  CHECK(all_are_refunded());
  const auto event = pipeline.broker().get(seen);
  REQUIRE(event);
  CHECK(nlohmann::json::parse(event->body).at("order_id") == orders.front());
  CHECK(pipeline.broker().count(seen) == 0);
  pipeline.broker().remove_queue(seen);
  esteira::test::Process redrive(esteira::test::build_dir() / "bin" / "esteira", {"dlq", "redrive", "--yes", "--json"},
                                 {{"DATABASE_URL", pipeline.database().url()},
                                  {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                                  {"ESTEIRA_EXCHANGE", pipeline.exchange()}});
  CHECK(redrive.wait() == 0);
  CHECK_THAT(redrive.output(), Contains("\"redriven\":1,"));
  CHECK(wait_until([&] {
    return pipeline.database().value("select count(*) from order_events where outcome = 'failed' and redrive = 1") ==
           "1";
  }));
}
