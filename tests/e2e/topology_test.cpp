// What operators, policies and other tools delete in the broker while the programs run.
#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/wait.hpp"

using esteira::test::http_request;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

bool is_ready(Pipeline& pipeline, const std::string& program) {
  return http_request(pipeline.port(program), "GET", "/readyz").status == 200;
}

}  // namespace

TEST_CASE("retry and dead-letter queues that are deleted under a running host are declared again") {
  Pipeline pipeline;
  for (const auto* suffix : {".retry.50", ".retry.100", ".dead"}) {
    pipeline.broker().remove_queue(pipeline.queue("enrich") + suffix);
  }
  const auto once = pipeline.place({"FAIL-ONCE"});
  const auto always = pipeline.place({"FAIL-ALWAYS"});
  CHECK(pipeline.reaches(once, "completed"));
  CHECK(pipeline.reaches(always, "failed"));
  CHECK(wait_until([&] { return pipeline.broker().has_queue(pipeline.queue("enrich") + ".dead"); }));
  CHECK(wait_until([&] { return pipeline.broker().count(pipeline.queue("enrich") + ".dead") == 1; }));
  CHECK(is_ready(pipeline, "enrich"));
}

TEST_CASE("a stage queue that is deleted under a running host is declared and bound again") {
  Pipeline pipeline;
  pipeline.broker().remove_queue(pipeline.queue("finalize"));
  CHECK(pipeline.reaches(pipeline.place(), "completed"));
  CHECK(wait_until([&] { return is_ready(pipeline, "finalize"); }));
}

TEST_CASE("a binding that is deleted under a running host is made again") {
  Pipeline pipeline;
  const auto [stage, key] = GENERATE(table<std::string, std::string>(
      {{"process", "order.created"}, {"enrich", "order.enrichment.requested"}, {"finalize", "order.enriched"}}));
  pipeline.broker().remove_binding(pipeline.queue(stage), pipeline.exchange(), key);
  CHECK(pipeline.reaches(pipeline.place(), "completed"));
  CHECK(is_ready(pipeline, stage));
}

TEST_CASE("an exchange that is deleted under running programs is declared and bound again") {
  Pipeline pipeline;
  pipeline.broker().remove_exchange(pipeline.exchange());
  CHECK(pipeline.reaches(pipeline.place(), "completed"));
  for (const auto& name : Pipeline::names()) {
    CHECK(wait_until([&] { return is_ready(pipeline, name); }));
  }
}
