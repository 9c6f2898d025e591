#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"

using esteira::test::http_request;
using esteira::test::Pipeline;

TEST_CASE("a log collector that hangs stops neither requests nor orders nor the end of a program") {
  constexpr int kOrders = 600;  // their lines are several times what the pipe of each program holds
  Pipeline pipeline;
  for (const auto& name : Pipeline::names()) pipeline.program(name).hold_output();
  std::vector<std::string> ids;
  ids.reserve(kOrders);
  for (int i = 0; i < kOrders; ++i) ids.push_back(pipeline.place());
  CHECK(pipeline.all_reach(ids, "completed"));
  for (const auto& name : Pipeline::names()) {
    INFO(name);
    CHECK(http_request(pipeline.port(name), "GET", "/healthz").status == 200);
    pipeline.program(name).signal(SIGTERM);
    CHECK(pipeline.program(name).wait(std::chrono::seconds(30)) == 0);
  }
}
