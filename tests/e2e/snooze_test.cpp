#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using esteira::test::http_request;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

/// Runs the probe plugin as the stage enrich.
Pipeline::Settings snooze_settings(const Pipeline::Settings& more = {}) {
  Pipeline::Settings settings{{"enrich/ESTEIRA_PLUGIN", "probe"},
                              {"enrich/ESTEIRA_PLUGIN_DIR", esteira::test::build_dir() / "tests" / "plugins"},
                              {"enrich/ESTEIRA_STAGE", "enrich"},
                              {"enrich/ESTEIRA_CONSUMES", "order.enrichment.requested"},
                              {"enrich/ESTEIRA_PUBLISHES", "order.enriched"},
                              {"enrich/ENRICH_DELAY", ""}};
  settings.insert(more.begin(), more.end());
  return settings;
}

std::vector<std::string> place_snoozing(Pipeline& pipeline, const std::string& knob, int count) {
  std::vector<std::string> ids;
  ids.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ids.push_back(pipeline.place({knob}));
  return ids;
}

std::string count_rows(Pipeline& pipeline, const std::string& table) {
  return pipeline.database().value("select count(*) from " + table);
}

bool await_rows(Pipeline& pipeline, const std::string& table, const std::string& wanted) {
  return wait_until([&] { return count_rows(pipeline, table) == wanted; }, std::chrono::seconds(60));
}

/// Every order has one result of each stage, no attempt was burned, and no message is left anywhere.
void check_snoozed_effects(Pipeline& pipeline, const std::vector<std::string>& ids, int retries = 0) {
  CHECK(pipeline.all_reach(ids, "completed"));
  CHECK(count_rows(pipeline, "order_events where outcome = 'done'") == std::to_string(ids.size() * 3));
  CHECK(count_rows(pipeline, "order_events where outcome = 'failed'") == "0");
  CHECK(count_rows(pipeline, "order_events where outcome = 'retry'") == std::to_string(retries));
  CHECK(await_rows(pipeline, "scheduled_messages", "0"));
  for (const auto* stage : {"process", "enrich", "finalize"}) {
    CHECK(wait_until([&] { return pipeline.broker().count(pipeline.queue(stage)) == 0; }));
  }
}

/// The sum of a counter of the host.
double snooze_metric(Pipeline& pipeline, const std::string& name, const std::string& series) {
  const auto body = http_request(pipeline.port(name), "GET", "/metrics").body;
  const auto found = body.find("\n" + series + " ");
  return found == std::string::npos ? 0 : std::stod(body.substr(found + series.size() + 2));
}

void restart_enrich_at(Pipeline& pipeline, const std::string& point) {
  pipeline.program("enrich").signal(SIGTERM);
  REQUIRE(pipeline.program("enrich").wait() == 0);
  pipeline.start("enrich", {{"CRASH_AT", point}});
}

void crash_once(Pipeline& pipeline, const std::string& knob, const std::string& point) {
  CAPTURE(point);
  restart_enrich_at(pipeline, point);
  const auto ids = place_snoozing(pipeline, knob, 4);
  REQUIRE(pipeline.program("enrich").wait() == 128 + SIGKILL);
  pipeline.start("enrich");
  check_snoozed_effects(pipeline, ids, knob == "RETRY-AFTER" ? 4 : 0);
}

constexpr const char* kSnoozedOutcome = "esteira_messages_total{outcome=\"snoozed\",stage=\"enrich\"}";
constexpr const char* kDuplicateOutcome = "esteira_messages_total{outcome=\"duplicate\",stage=\"enrich\"}";

}  // namespace

TEST_CASE("a snoozed order is looked at again with the same attempt and completes with one effect") {
  Pipeline pipeline(snooze_settings());
  const auto ids = place_snoozing(pipeline, "SNOOZE", 5);
  check_snoozed_effects(pipeline, ids);
  CHECK(count_rows(pipeline, "order_events where entry_kind = 'snooze' and snoozes = 3 and attempt = 1") == "5");
  CHECK(snooze_metric(pipeline, "enrich", kSnoozedOutcome) == 15);
  const auto timeline = pipeline.order(ids[0]).at("timeline");
  const auto snoozed =
      std::find_if(timeline.begin(), timeline.end(), [](const auto& entry) { return entry.at("outcome") == "snooze"; });
  REQUIRE(snoozed != timeline.end());
  CHECK(snoozed->at("snoozes") == 3);
  CHECK(snoozed->at("detail") == "the probe waits");
  CHECK(snoozed->contains("due_at"));
}

TEST_CASE("a retry begins no earlier than its handler asked for, and uses one attempt") {
  Pipeline pipeline(snooze_settings({{"ENRICH_SNOOZE", "700ms"}}));
  const auto ids = place_snoozing(pipeline, "RETRY-AFTER", 3);
  check_snoozed_effects(pipeline, ids, 3);
  CHECK(count_rows(pipeline,
                   "order_events r join order_events d using (order_id, stage, redrive) where r.outcome = 'retry'"
                   " and d.outcome = 'done' and d.attempt = 2"
                   " and d.created_at >= r.created_at + interval '700 milliseconds'") == "3");
}

TEST_CASE("snoozed orders hold no place of the prefetch") {
  Pipeline pipeline(snooze_settings({{"enrich/ESTEIRA_PREFETCH", "2"}, {"ENRICH_SNOOZE", "1h"}}));
  const auto waiting = place_snoozing(pipeline, "SNOOZE-ON", 30);
  REQUIRE(await_rows(pipeline, "scheduled_messages", "30"));
  const auto others = place_snoozing(pipeline, "DONE", 10);
  CHECK(pipeline.all_reach(others, "completed"));
  CHECK(count_rows(pipeline, "scheduled_messages") == "30");
  CHECK(count_rows(pipeline, "orders where status = 'processing'") == "30");
}

TEST_CASE("a snooze after ESTEIRA_SNOOZE_LIMIT is a failed attempt, and the order fails after the last one") {
  Pipeline pipeline(snooze_settings({{"enrich/ESTEIRA_SNOOZE_LIMIT", "400ms"}}));
  const auto id = pipeline.place({"SNOOZE-ON"});
  REQUIRE(pipeline.reaches(id, "failed"));
  const auto reason = pipeline.database().value("select failure_reason from orders");
  CHECK(reason.find("until ESTEIRA_SNOOZE_LIMIT) (attempt 3, the last)") != std::string::npos);
  CHECK(count_rows(pipeline, "order_events where outcome = 'retry'") == "2");
  CHECK(await_rows(pipeline, "scheduled_messages", "0"));
}

TEST_CASE("a host crash at any point of a snooze loses no order and applies each effect once") {
  const auto point = GENERATE(std::string("committed"), "confirmed", "taken_scheduled", "published", "sent_scheduled",
                              "deleted_scheduled");
  Pipeline pipeline(snooze_settings());
  crash_once(pipeline, "SNOOZE", point);
  CHECK(pipeline.database().value("select max(snoozes) from order_events") <= "6");
}

TEST_CASE("a host crash at any point of a scheduled retry loses no order and applies each effect once") {
  const auto point = GENERATE(std::string("committed"), "published", "sent_scheduled", "deleted_scheduled");
  Pipeline pipeline(snooze_settings({{"ENRICH_SNOOZE", "70ms"}}));  // not in ESTEIRA_RETRY_DELAYS
  crash_once(pipeline, "RETRY-AFTER", point);
}

TEST_CASE("a host killed while messages are scheduled loses none of them") {
  Pipeline pipeline(snooze_settings({{"ENRICH_SNOOZE", "3s"}}));
  const auto ids = place_snoozing(pipeline, "SNOOZE", 10);
  REQUIRE(await_rows(pipeline, "scheduled_messages", "10"));
  pipeline.program("enrich").signal(SIGKILL);
  REQUIRE(pipeline.program("enrich").wait() == 128 + SIGKILL);
  pipeline.start("enrich", {{"ENRICH_SNOOZE", "50ms"}});
  check_snoozed_effects(pipeline, ids);
}

TEST_CASE("messages that become due while the broker is away are sent when it is back") {
  Pipeline pipeline(snooze_settings({{"ENRICH_SNOOZE", "2s"}}));
  const auto ids = place_snoozing(pipeline, "SNOOZE", 10);
  REQUIRE(await_rows(pipeline, "scheduled_messages", "10"));
  pipeline.broker_proxy().cut();
  REQUIRE(await_rows(pipeline, "scheduled_messages where due_at < now() - interval '300 milliseconds'", "10"));
  pipeline.broker_proxy().restore();
  check_snoozed_effects(pipeline, ids);
}

TEST_CASE("messages that become due while PostgreSQL is away are sent when it is back") {
  Pipeline pipeline(snooze_settings({{"ENRICH_SNOOZE", "2s"}}));
  const auto ids = place_snoozing(pipeline, "SNOOZE", 10);
  REQUIRE(await_rows(pipeline, "scheduled_messages", "10"));
  pipeline.database_proxy().cut();
  REQUIRE(await_rows(pipeline, "scheduled_messages where due_at < now()", "10"));
  pipeline.database_proxy().restore();
  check_snoozed_effects(pipeline, ids);
}

TEST_CASE("two hosts of a stage send each scheduled message once") {
  Pipeline pipeline(snooze_settings({{"ENRICH_SNOOZES", "6"}}));
  pipeline.start("enrich-2");
  const auto ids = place_snoozing(pipeline, "SNOOZE", 40);
  check_snoozed_effects(pipeline, ids);
  CHECK(snooze_metric(pipeline, "enrich", kDuplicateOutcome) + snooze_metric(pipeline, "enrich-2", kDuplicateOutcome) ==
        0);
}

TEST_CASE("a copy of a snoozed message ends and does not look for ever beside it") {
  Pipeline pipeline(snooze_settings({{"ENRICH_SNOOZE", "1h"}}));
  pipeline.place({"SNOOZE-ON"});
  REQUIRE(await_rows(pipeline, "scheduled_messages", "1"));
  const auto body = pipeline.database().value("select body from scheduled_messages");
  const auto send_due = [&] { pipeline.database().execute("update scheduled_messages set due_at = now()"); };
  pipeline.broker().publish("", pipeline.queue("enrich"), body, {{"x-esteira-attempt", "1"}});
  REQUIRE(wait_until([&] { return snooze_metric(pipeline, "enrich", kDuplicateOutcome) == 1; }));
  send_due();
  REQUIRE(await_rows(pipeline, "order_events where snoozes = 2", "1"));
  for (const auto* snoozes : {"0", "1"}) {
    pipeline.broker().publish("", pipeline.queue("enrich"), body,
                              {{"x-esteira-attempt", "1"}, {"x-esteira-snoozes", snoozes}});
  }
  REQUIRE(wait_until([&] { return snooze_metric(pipeline, "enrich", kDuplicateOutcome) == 3; }));
  CHECK(await_rows(pipeline, "scheduled_messages", "1"));
  send_due();
  REQUIRE(await_rows(pipeline, "order_events where snoozes = 3", "1"));
  CHECK(await_rows(pipeline, "scheduled_messages", "1"));
  CHECK(wait_until([&] { return snooze_metric(pipeline, "enrich", kSnoozedOutcome) == 3; }));
}
