// What systemd hears from the programs: units of Type=notify depend on it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/e2e/pipeline.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/wait.hpp"

using esteira::test::http_request;
using esteira::test::NotifySocket;
using esteira::test::Pipeline;
using esteira::test::wait_until;

namespace {

bool has_status_of(NotifySocket& systemd, const std::string& condition) {
  return std::ranges::any_of(systemd.lines(),
                             [&](const auto& line) { return line.starts_with("STATUS=not ready: " + condition); });
}

}  // namespace

TEST_CASE("systemd hears READY=1 from a program only when it is ready, and STOPPING=1 at SIGTERM") {
  Pipeline pipeline;
  for (const std::string name : {"api-2", "enrich-2"}) {
    INFO(name);
    NotifySocket systemd;
    pipeline.database_proxy().cut();
    pipeline.launch(name, {{"NOTIFY_SOCKET", systemd.name()}, {"ESTEIRA_SHUTDOWN_TIMEOUT", "15s"}});
    pipeline.await_port(name);
    REQUIRE(wait_until([&] { return has_status_of(systemd, "database: "); }));
    CHECK_FALSE(systemd.has("READY=1"));

    pipeline.database_proxy().restore();
    REQUIRE(wait_until([&] { return systemd.has("READY=1"); }));
    CHECK(http_request(pipeline.port(name), "GET", "/readyz").status == 200);
    CHECK_FALSE(systemd.has("STOPPING=1"));

    pipeline.program(name).signal(SIGTERM);
    REQUIRE(wait_until([&] { return systemd.has("STOPPING=1"); }));
    CHECK(systemd.has("EXTEND_TIMEOUT_USEC=17000000"));
    CHECK(pipeline.program(name).wait() == 0);
  }
}
