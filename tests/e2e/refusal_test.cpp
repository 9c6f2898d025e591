#include <catch2/catch.hpp>

#include "tests/e2e/pipeline.hpp"
#include "tests/e2e/process_metrics.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/test_role.hpp"
#include "tests/support/wait.hpp"

using Catch::Contains;
using esteira::test::count_lines;
using esteira::test::Pipeline;
using esteira::test::Process;
using esteira::test::TestDatabase;
using esteira::test::TestRole;
using esteira::test::wait_until;

namespace {

constexpr std::chrono::seconds kTimeout{60};

/// Real programs whose user has the rights that a test leaves it.
struct Installation {
  std::vector<std::string> place(int count) {
    std::vector<std::string> ids;
    ids.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) ids.push_back(pipeline.place());
    return ids;
  }
  bool is_unready(const std::string& program, const std::string& reason) {
    return wait_until(
        [&] {
          const auto answer = esteira::test::http_request(pipeline.port(program), "GET", "/readyz");
          return answer.status == 503 && answer.body.find(reason) != std::string::npos;
        },
        kTimeout);
  }
  void await_completed(std::size_t count) {
    CHECK(wait_until(
        [&] {
          return database.value("select count(*) from orders where status = 'completed'") == std::to_string(count);
        },
        kTimeout));
    CHECK(database.value("select count(*) from order_events where outcome in ('failed', 'retry')") == "0");
  }
  std::string doctor() {
    Process process(esteira::test::build_dir() / "bin" / "esteira", {"doctor"},
                    {{"DATABASE_URL", role.url()}, {"RABBITMQ_URL", esteira::test::rabbitmq_url()}});
    const auto code = process.wait();
    return std::to_string(code.value_or(-1)) + '\n' + process.output();
  }

  TestDatabase database;
  TestRole role{database};
  Pipeline pipeline{Pipeline::Settings{{"DATABASE_URL", role.url()}, {"ENRICH_DELAY", "1s"}}};
};

}  // namespace

TEST_CASE_METHOD(Installation, "no order fails while PostgreSQL refuses results, and a grant completes all of them") {
  CHECK_THAT(doctor(), Catch::StartsWith("0\n"));
  const auto ids = place(20);
  REQUIRE(wait_until(
      [&] { return database.value("select count(*) from order_events where stage = 'process'") == "20"; }, kTimeout));
  role.revoke("insert on order_events");
  CHECK(is_unready("enrich", "permission denied for table order_events (SQLSTATE 42501)"));
  CHECK(is_unready("finalize", "permission denied for table order_events (SQLSTATE 42501)"));
  CHECK(is_unready("api", "permission denied for table order_events (SQLSTATE 42501)"));
  CHECK_THAT(doctor(), Catch::StartsWith("1\n") && Contains("FAIL  writing: permission denied"));
  CHECK(count_lines(pipeline.program("enrich").output(), {"commits wait for PostgreSQL"}) == 1);
  CHECK(pipeline.broker().count(pipeline.queue("enrich") + ".dead") == 0);
  role.grant("insert on order_events");
  await_completed(ids.size());
  for (const auto* name : {"api", "enrich", "finalize"}) {
    CAPTURE(name);
    CHECK(wait_until([&] { return esteira::test::http_request(pipeline.port(name), "GET", "/readyz").status == 200; }));
  }
}

TEST_CASE_METHOD(Installation, "no order fails while a type or a function has another name") {
  const auto ids = place(5);
  database.execute("alter type order_entry_kind rename to moved");
  database.execute("alter function order_status_may_become rename to moved");
  CHECK(is_unready("enrich", "esteira migrate"));
  database.execute("alter type moved rename to order_entry_kind");
  database.execute("alter function moved rename to order_status_may_become");
  await_completed(ids.size());
}
