#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/e2e/pipeline.hpp"
#include "tests/e2e/process_metrics.hpp"
#include "tests/support/wait.hpp"

using esteira::test::memory_mb;
using esteira::test::metric;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

constexpr std::chrono::minutes kBacklogTimeout{30};
/// Batches and the allocator make memory vary by this much. A backlog held in memory would take many times as much.
constexpr double kVariationMb = 5;

using Memory = std::map<std::string, double>;

/// Adds orders whose first event is still in the outbox, as if they had just been accepted. Call it while RabbitMQ is
/// cut.
void fill_outbox(Pipeline& pipeline, int count) {
  const auto id = pipeline.place(std::vector<std::string>(10, "ABC"));
  const auto from = [&id](const char* table, const char* key) {
    return std::string("copies, ") + table + " where " + key + " = '" + id + "'";
  };
  pipeline.database().execute(
      "with copies as materialized (select gen_random_uuid() as copy from generate_series(2, " + std::to_string(count) +
      ")), o as (insert into orders (id, workflow, customer_id) select copy, workflow, customer_id from " +
      from("orders", "id") + "), i as (insert into order_items select copy, line, sku, qty, unit_price from " +
      from("order_items", "order_id") +
      "), e as (insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt)"
      " select copy, stage, redrive, entry_kind, outcome, attempt from " +
      from("order_events", "order_id") +
      ") insert into outbox select copy, exchange, routing_key, redrive, traceparent,"
      " replace(body, order_id::text, copy::text), created_at from " +
      from("outbox", "order_id"));
}

/// Returns the peak memory of each program until the counter of program `name` reaches `target`.
Memory peaks_until(Pipeline& pipeline, const std::string& name, const std::string& counter, double target) {
  Memory peaks;
  const auto is_done = [&] {
    for (const auto& each : Pipeline::names()) {
      peaks[each] = std::max(peaks[each], memory_mb(pipeline.program(each).pid()));
    }
    return metric(pipeline.port(name), counter) >= target;
  };
  CHECK(wait_until(is_done, kBacklogTimeout));
  return peaks;
}

void merge_peaks(Memory& into, const Memory& peaks) {
  for (const auto& [name, mb] : peaks) into[name] = std::max(into[name], mb);
}

/// Puts a backlog into the outbox, lets it move to the first queue, and lets it drain. Returns the peak memory of each
/// program.
Memory drain_backlog(Pipeline& pipeline, int count) {
  const std::string published = R"(esteira_publications_total{result="confirmed"})";
  const std::string completed = R"(esteira_messages_total{outcome="done",stage="finalize"})";
  const auto published_before = metric(pipeline.port("api"), published);
  const auto completed_before = metric(pipeline.port("finalize"), completed);
  pipeline.program("process").signal(SIGKILL);
  REQUIRE(pipeline.program("process").wait() == 128 + SIGKILL);
  pipeline.broker_proxy().cut();
  fill_outbox(pipeline, count);
  pipeline.broker_proxy().restore();
  auto peaks = peaks_until(pipeline, "api", published, published_before + count);
  pipeline.start("process");
  merge_peaks(peaks, peaks_until(pipeline, "finalize", completed, completed_before + count));
  return peaks;
}

}  // namespace

TEST_CASE("a backlog of orders does not grow the memory of the programs") {
  const char* wanted = std::getenv("ESTEIRA_TEST_BACKLOG");
  const int count = wanted == nullptr ? 10'000 : std::atoi(wanted);
  Pipeline pipeline(Pipeline::Settings{{"ENRICH_DELAY", "0ms"}});
  const auto small = drain_backlog(pipeline, 1000);
  const auto large = drain_backlog(pipeline, count);
  for (const auto& name : Pipeline::names()) {
    CAPTURE(name);
    CHECK(large.at(name) < small.at(name) + kVariationMb);
  }
  CHECK(pipeline.database().value("select count(*) from orders where status <> 'completed'") == "0");
  CHECK(wait_until([&] { return pipeline.database().value("select count(*) from outbox") == "0"; }));
}
