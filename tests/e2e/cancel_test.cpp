// Orders that are cancelled on request, at every boundary between stages, and whatever races with the request.
#include <signal.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <random>
#include <thread>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/process.hpp"
#include "tests/support/wait.hpp"

using Catch::StartsWith;
using esteira::test::http_request;
using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::Programs;
using esteira::test::wait_until;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds kLanded{90};

/// The probe plugin is the stage enrich, and sets `paid`.
Pipeline::Settings probe_settings(const Pipeline::Settings& more) {
  Pipeline::Settings settings{{"enrich/ESTEIRA_PLUGIN", "probe"},
                              {"enrich/ESTEIRA_PLUGIN_DIR", esteira::test::build_dir() / "tests" / "plugins"},
                              {"enrich/ESTEIRA_STAGE", "enrich"},
                              {"enrich/ESTEIRA_CONSUMES", "order.enrichment.requested"},
                              {"enrich/ESTEIRA_PUBLISHES", "order.enriched"},
                              {"enrich/ESTEIRA_STATUS", "paid"},
                              {"enrich/ENRICH_DELAY", ""}};
  for (const auto& [name, value] : more) settings[name] = value;
  return settings;
}

/// A pipeline with a stage `refund` that consumes the event of cancelled orders.
struct CancellingPipeline {
  explicit CancellingPipeline(const Pipeline::Settings& more = {}) : pipeline(probe_settings(more)) {
    pipeline.start("refund", refund_settings());
  }
  ~CancellingPipeline() {
    stop("refund", SIGKILL);
    for (const auto* suffix : {"", ".dead", ".retry.50", ".retry.100"}) {
      pipeline.broker().remove_queue(pipeline.queue("refund") + suffix);
    }
  }
  CancellingPipeline(const CancellingPipeline&) = delete;
  CancellingPipeline& operator=(const CancellingPipeline&) = delete;

  static Pipeline::Settings refund_settings() {
    return {{"ESTEIRA_PLUGIN", "finalize"},
            {"ESTEIRA_STAGE", "refund"},
            {"ESTEIRA_CONSUMES", "order.cancelled"},
            {"ESTEIRA_PUBLISHES", "none"},
            {"ESTEIRA_STATUS", "none"}};
  }

  void stop(const std::string& host, int signal = SIGTERM) {
    pipeline.program(host).signal(signal);
    pipeline.program(host).wait();
  }
  int cancel(const std::string& id) { return cancel_at(pipeline.port("api"), id); }
  static int cancel_at(std::uint16_t port, const std::string& id) {
    return http_request(port, "POST", "/orders/" + id + "/cancel", "", {Programs::authorization()}).status;
  }
  std::string value(const std::string& sql) { return pipeline.database().value(sql); }
  bool becomes(const std::string& sql, const std::string& wanted) {
    return wait_until([&] { return value(sql) == wanted; }, kLanded);
  }
  std::vector<std::string> place(int count, const std::string& knob) {
    std::vector<std::string> ids;
    ids.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) ids.push_back(pipeline.place({knob}));
    return ids;
  }

  /// The stage's result cancelled each order, once, and its refund landed, once. No later stage worked on it.
  void check_cancelled_by(const std::string& stage, const std::vector<std::string>& ids) {
    const auto count = std::to_string(ids.size());
    CHECK(pipeline.all_reach(ids, "cancelled"));
    CHECK(value("select count(*) from order_events where routing_key = 'order.cancelled' and stage = '" + stage +
                "'") == count);
    CHECK(value("select count(*) from order_events where routing_key = 'order.cancelled'") == count);
    CHECK(becomes("select count(*) from order_events where stage = 'refund' and outcome = 'done'", count));
    check_nothing_follows();
  }
  void check_nothing_follows() {
    CHECK(value("select count(*) from order_events c join order_events r using (order_id) where c.routing_key = "
                "'order.cancelled' and r.entry_kind = 'result' and r.stage <> 'refund' and r.created_at > "
                "c.created_at") == "0");
  }

  std::unique_ptr<Process> start_cli(const std::vector<std::string>& arguments) {
    return std::make_unique<Process>(esteira::test::build_dir() / "bin" / "esteira", arguments,
                                     std::map<std::string, std::string>{{"DATABASE_URL", pipeline.database().url()},
                                                                        {"RABBITMQ_URL", esteira::test::rabbitmq_url()},
                                                                        {"ESTEIRA_EXCHANGE", pipeline.exchange()}});
  }
  std::string audit() {
    const auto command = start_cli({"audit", "--grace-period", "1s"});
    const auto code = command->wait();
    return std::to_string(code.value_or(-1)) + "\n" + command->output();
  }
  bool becomes_clean() {
    return wait_until([&] { return audit().starts_with("0\n"); }, kLanded);
  }

  Pipeline pipeline;
};

struct SlowPipeline : CancellingPipeline {
  SlowPipeline() : CancellingPipeline({{"ENRICH_SLOW", "2s"}, {"ENRICH_SNOOZE", "1h"}}) {}
};

}  // namespace

TEST_CASE_METHOD(CancellingPipeline, "an order is cancelled at the next boundary, whichever stage is next") {
  const std::string stage = GENERATE("process", "enrich", "finalize");
  stop(stage);
  const auto ids = place(5, "DONE");
  const std::string before = stage == "process" ? "api" : stage == "enrich" ? "process" : "enrich";
  REQUIRE(becomes(
      "select count(*) from order_events where outcome in ('accepted', 'done') and stage = '" + before + "'", "5"));
  for (const auto& id : ids) CHECK(cancel(id) == 202);
  pipeline.start(stage);
  check_cancelled_by(stage, ids);
  const auto shown = pipeline.order(ids.front());
  CHECK(shown.at("cancellation").at("status") == "done");
  const auto& timeline = shown.at("timeline");
  CHECK(timeline.at(timeline.size() - 2).at("event") == "order.cancelled");
  CHECK(timeline.back().at("stage") == "refund");
  CHECK(cancel(ids.front()) == 202);
  CHECK(becomes_clean());
}

TEST_CASE_METHOD(SlowPipeline, "a request while the handler runs lets it finish, and keeps what it did") {
  const auto ids = place(3, "SLOW");
  REQUIRE(becomes("select count(*) from order_events where stage = 'process' and outcome = 'done'", "3"));
  for (const auto& id : ids) CHECK(cancel(id) == 202);
  check_cancelled_by("enrich", ids);
  const auto shown = pipeline.order(ids.front());
  CHECK(shown.at("enrichments").contains("enrich"));
}

TEST_CASE_METHOD(SlowPipeline, "a handler that waits hears of the request, gives up, and is not called again") {
  const auto ids = place(3, "GIVE-UP");
  REQUIRE(becomes("select count(*) from order_events where stage = 'process' and outcome = 'done'", "3"));
  for (const auto& id : ids) CHECK(cancel(id) == 202);
  check_cancelled_by("enrich", ids);
  CHECK(value("select count(*) from order_events where outcome = 'cancelled' and stage = 'enrich'") == "3");
  CHECK(becomes("select count(*) from scheduled_messages", "0"));
}

TEST_CASE_METHOD(SlowPipeline, "an order whose message waits is cancelled at once, and its handler is not called") {
  const std::string knob = GENERATE("SNOOZE-ON", "RETRY-AFTER");
  const auto ids = place(3, knob);
  REQUIRE(becomes("select count(*) from scheduled_messages", "3"));
  for (const auto& id : ids) CHECK(cancel(id) == 202);
  check_cancelled_by("enrich", ids);
  CHECK(value("select count(*) from order_events where outcome = 'cancelled' and stage = 'enrich'") == "3");
  CHECK(value("select count(*) from order_enrichments where stage = 'enrich'") == "0");
  CHECK(becomes_clean());
}

TEST_CASE("a message in a retry queue is cancelled when it comes back") {
  CancellingPipeline fixture(Pipeline::Settings{{"ESTEIRA_RETRY_DELAYS", "2s"}});
  const auto ids = fixture.place(3, "FLAKY");
  REQUIRE(fixture.becomes("select count(*) from order_events where outcome = 'retry'", "3"));
  for (const auto& id : ids) CHECK(fixture.cancel(id) == 202);
  fixture.check_cancelled_by("enrich", ids);
  CHECK(fixture.value("select count(*) from order_events where outcome = 'cancelled'") == "3");
  fixture.pipeline.broker().remove_queue(fixture.pipeline.queue("enrich") + ".retry.2000");
  for (const auto* stage : {"process", "finalize", "refund"}) {
    fixture.pipeline.broker().remove_queue(fixture.pipeline.queue(stage) + ".retry.2000");
  }
}

TEST_CASE_METHOD(SlowPipeline, "a host that dies at any point of a cancellation cancels the order once") {
  const auto point = GENERATE(std::string("committed"), "published", "confirmed");
  std::vector<std::string> ids;
  SECTION("by the result of a handler") {
    stop("enrich");
    ids = place(6, "DONE");
  }
  SECTION("of messages that waited") {
    ids = place(6, "RETRY-AFTER");
    REQUIRE(becomes("select count(*) from scheduled_messages", "6"));
    stop("enrich");
  }
  REQUIRE(becomes("select count(*) from order_events where stage = 'process' and outcome = 'done'", "6"));
  for (const auto& id : ids) CHECK(cancel(id) == 202);
  pipeline.launch("enrich", {{"CRASH_AT", point}});
  REQUIRE(pipeline.program("enrich").wait() == 128 + SIGKILL);
  pipeline.start("enrich");
  check_cancelled_by("enrich", ids);
  CHECK(becomes_clean());
}

TEST_CASE("whatever races with a request, an order ends as the answer says") {
  constexpr int kOrders = 240;
  constexpr std::array kKnobs{"DONE", "DONE", "FLAKY", "SNOOZE", "RETRY-AFTER", "RETRY", "FAIL"};
  constexpr std::array kHosts{"process", "enrich", "finalize", "refund"};
  // Nearly half of the knobs are failures, so the circuit breaker opens. It must not hold each order until its request.
  CancellingPipeline fixture(Pipeline::Settings{{"ENRICH_SNOOZE", "120ms"}, {"enrich/ESTEIRA_BREAKER_WAIT", "20ms"}});
  auto& pipeline = fixture.pipeline;
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);

  std::vector<std::string> ids;
  std::vector<std::future<int>> answers;
  const auto request_later = [port = pipeline.port("api")](const std::string& id, milliseconds delay) {
    std::this_thread::sleep_for(delay);
    int status = 503;
    wait_until([&] { return (status = CancellingPipeline::cancel_at(port, id)) != 503; });
    return status;
  };
  std::unique_ptr<Process> redrive;
  for (int i = 0; i < kOrders; ++i) {
    ids.push_back(pipeline.place({kKnobs.at(random() % kKnobs.size())}));
    answers.push_back(std::async(std::launch::async, request_later, ids.back(), milliseconds(random() % 400)));
    std::this_thread::sleep_for(milliseconds(random() % 12));
    if (i % 40 == 20) {
      const std::string victim = kHosts.at(random() % kHosts.size());
      fixture.stop(victim, SIGKILL);
      pipeline.launch(victim, victim == "refund" ? CancellingPipeline::refund_settings() : Pipeline::Settings());
    }
    if (i % 30 == 29) {
      if (redrive) redrive->wait();
      redrive = fixture.start_cli({"dlq", "redrive", "--yes"});
    }
  }
  if (redrive) redrive->wait();
  std::vector<int> statuses;
  statuses.reserve(answers.size());
  for (auto& answer : answers) statuses.push_back(answer.get());
  REQUIRE(fixture.becomes("select count(*) from orders where status < 'completed'", "0"));
  REQUIRE(fixture.start_cli({"dlq", "redrive", "--yes"})->wait().has_value());
  REQUIRE(fixture.becomes("select count(*) from orders where status < 'completed'", "0"));

  std::map<std::string, int> ended;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto status = fixture.value("select status from orders where id = '" + ids[i] + "'");
    CAPTURE(ids[i], status, statuses[i]);
    CHECK((statuses[i] == 202 || statuses[i] == 409));
    if (statuses[i] == 202) CHECK((status == "cancelled" || status == "failed"));
    if (statuses[i] == 409) CHECK(status != "cancelled");
    ++ended[status];
  }
  CHECK(ended["cancelled"] > 0);
  CHECK(ended["completed"] > 0);
  const auto cancelled = std::to_string(ended["cancelled"]);
  CHECK(fixture.value("select count(*) from order_events where routing_key = 'order.cancelled'") == cancelled);
  CHECK(fixture.value("select count(*) from orders where cancel_requested_at is not null") == "0");
  CHECK(fixture.becomes("select count(*) from order_events where stage = 'refund' and outcome = 'done'", cancelled));
  fixture.check_nothing_follows();
  CHECK(fixture.becomes_clean());
  CAPTURE(fixture.audit());
  CHECK_THAT(fixture.audit(), StartsWith("0\n"));
}
