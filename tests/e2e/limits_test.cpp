#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/e2e/process_metrics.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

using esteira::test::count_lines;
using esteira::test::http_request;
using esteira::test::lines_with;
using esteira::test::metric;
using esteira::test::Pipeline;
using esteira::test::Servers;
using esteira::test::wait_until;
using std::chrono::seconds;

namespace {

constexpr seconds kTimeout{60};

std::vector<std::string> place_orders(Pipeline& pipeline, int count) {
  std::vector<std::string> ids;
  ids.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ids.push_back(pipeline.place());
  return ids;
}

void check_all_complete_once(Pipeline& pipeline, const std::vector<std::string>& ids) {
  CHECK(pipeline.all_reach(ids, "completed"));
  CHECK(pipeline.database().value("select count(*) from order_events where outcome <> 'accepted'") ==
        std::to_string(ids.size() * 3));
  CHECK(wait_until([&] { return pipeline.database().value("select count(*) from outbox") == "0"; }, kTimeout));
}

bool metric_reaches(Pipeline& pipeline, const std::string& program, const std::string& name, double least) {
  return wait_until([&] { return metric(pipeline.port(program), name) >= least; }, kTimeout);
}

std::string readiness(Pipeline& pipeline, const std::string& program) {
  const auto answer = http_request(pipeline.port(program), "GET", "/readyz");
  return std::to_string(answer.status) + ' ' + answer.body;
}

/// Whether the refused publications show in the metrics of the program and in exactly one line of its log.
bool reports_refusals(Pipeline& pipeline, const std::string& program, std::string_view routing_key) {
  const auto is_logged = [&] {
    return count_lines(pipeline.program(program).output(),
                       {"refuses messages", pipeline.exchange(), routing_key, "limit"}) == 1;
  };
  return metric_reaches(pipeline, program, R"(esteira_publications_total{result="nacked"})", 1) &&
         wait_until(is_logged, kTimeout);
}

void check_warns_once(const esteira::test::Process& program) {
  const auto warnings = lines_with(program.output(), {R"("level":"warn")"});
  CAPTURE(warnings);
  CHECK(warnings.size() == 1);
}

void kill(Pipeline& pipeline, const std::string& name) {
  pipeline.program(name).signal(SIGKILL);
  REQUIRE(pipeline.program(name).wait() == 128 + SIGKILL);
}

}  // namespace

TEST_CASE("publications refused by full queues are published again when there is room") {
  Servers servers("limits-queues", {"rabbitmq"});
  Pipeline pipeline(Pipeline::Settings{{"RABBITMQ_URL", servers.rabbitmq_url()}});
  kill(pipeline, "process");
  kill(pipeline, "enrich");
  servers.rabbitmqctl({"set_policy", "--apply-to", "queues", "short", ".*", R"({"max-length":10})"});
  const auto ids = place_orders(pipeline, 300);
  CHECK(reports_refusals(pipeline, "api", "order.created"));
  pipeline.start("process");
  CHECK(reports_refusals(pipeline, "process", "order.enrichment.requested"));
  CHECK(readiness(pipeline, "api").starts_with("200"));
  pipeline.start("enrich");
  check_all_complete_once(pipeline, ids);
  for (const auto* name : {"api", "process"}) {
    CAPTURE(name);
    const auto& program = pipeline.program(name);
    CHECK(wait_until(
        [&] { return count_lines(program.output(), {"queues accept again the messages that they refused"}) == 1; }));
    check_warns_once(program);
  }
}

TEST_CASE("a RabbitMQ alarm blocks publishers, and work resumes when it is over") {
  const auto [alarm, reason, on, off] = GENERATE(table<const char*, const char*, const char*, const char*>(
      {{"set_disk_free_limit", "low on disk", "1000000000000000", "50000000"},
       {"set_vm_memory_high_watermark", "low on memory", "0.00001", "0.4"}}));
  CAPTURE(reason);
  Servers servers("limits-alarm", {"rabbitmq"});
  Pipeline pipeline(Pipeline::Settings{{"RABBITMQ_URL", servers.rabbitmq_url()}});
  pipeline.program("enrich").signal(SIGSTOP);  // it resumes, and publishes, during the alarm
  auto ids = place_orders(pipeline, 20);
  REQUIRE(metric_reaches(pipeline, "process", R"(esteira_messages_total{outcome="done",stage="process"})", 20));
  servers.rabbitmqctl({alarm, on});
  for (const auto& id : place_orders(pipeline, 20)) ids.push_back(id);
  CHECK(metric_reaches(pipeline, "api", "esteira_publish_blocked", 1));
  pipeline.program("enrich").signal(SIGCONT);
  CHECK(metric_reaches(pipeline, "enrich", "esteira_publish_blocked", 1));
  CHECK(readiness(pipeline, "api").starts_with("200"));
  CHECK(readiness(pipeline, "enrich").find(std::string("the broker blocks publishers: ") + reason) !=
        std::string::npos);
  servers.rabbitmqctl({alarm, off});
  check_all_complete_once(pipeline, ids);
  for (const auto* name : {"api", "enrich"}) {
    CAPTURE(name);
    CHECK(wait_until([&] { return readiness(pipeline, name).starts_with("200"); }));
    CHECK(metric(pipeline.port(name), "esteira_publish_blocked") == 0);
    CHECK(count_lines(pipeline.program(name).output(), {"the broker blocks publishers", reason}) == 1);
    check_warns_once(pipeline.program(name));
  }
}
