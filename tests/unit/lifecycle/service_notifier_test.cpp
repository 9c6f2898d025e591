#include "runtime/lifecycle/service_notifier.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/support/notify_socket.hpp"
#include "tests/support/wait.hpp"

using esteira::runtime::Readiness;
using esteira::runtime::ServiceNotifier;
using esteira::test::NotifySocket;
using esteira::test::wait_until;

namespace {

/// Variables as systemd sets them for a service, while it lives.
class SystemdVariables {
 public:
  explicit SystemdVariables(const std::string& socket, const char* watchdog_usec = nullptr) {
    ::setenv("NOTIFY_SOCKET", socket.c_str(), 1);
    if (watchdog_usec != nullptr) ::setenv("WATCHDOG_USEC", watchdog_usec, 1);
  }
  ~SystemdVariables() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  SystemdVariables(const SystemdVariables&) = delete;
  SystemdVariables& operator=(const SystemdVariables&) = delete;
};

}  // namespace

TEST_CASE("systemd learns why a program is not ready, and that it is ready once every condition holds") {
  NotifySocket systemd(GENERATE(false, true));
  const SystemdVariables variables(systemd.name());
  std::atomic<bool> connected{false};
  Readiness readiness;
  readiness.require("database", [&] { return connected ? std::string() : std::string("no\nconnection"); });
  const ServiceNotifier notifier(readiness);
  REQUIRE(wait_until([&] { return systemd.has("STATUS=not ready: database: no connection"); }));
  CHECK_FALSE(systemd.has("READY=1"));
  connected = true;
  REQUIRE(wait_until([&] { return systemd.has("READY=1"); }));
  connected = false;
  REQUIRE(wait_until([&] { return systemd.lines().back() == "STATUS=not ready: database: no connection"; }));
  connected = true;
  REQUIRE(wait_until([&] { return systemd.lines().back() == "STATUS=ready"; }));
  CHECK(std::count(systemd.lines().begin(), systemd.lines().end(), "READY=1") == 1);
}

TEST_CASE("a stop is reported with the time that it may take") {
  NotifySocket systemd;
  const SystemdVariables variables(systemd.name());
  const Readiness readiness;
  ServiceNotifier notifier(readiness);
  notifier.report_stop(std::chrono::seconds(20));
  CHECK(systemd.has("STOPPING=1"));
  CHECK(systemd.has("EXTEND_TIMEOUT_USEC=22000000"));
}

TEST_CASE("the watchdog of systemd hears of a process only while it is alive") {
  NotifySocket systemd;
  const SystemdVariables variables(systemd.name(), "20000");
  const Readiness readiness;
  std::atomic<bool> is_stuck{false};
  std::atomic<int> asked{0};
  const auto await_questions = [&] {
    const int before = asked;
    return wait_until([&] { return asked > before + 2; });
  };
  const auto signs = [&] { return std::count(systemd.lines().begin(), systemd.lines().end(), "WATCHDOG=1"); };
  const ServiceNotifier notifier(readiness, [&] { return ++asked, is_stuck ? std::string("stuck") : std::string(); });
  REQUIRE(wait_until([&] { return signs() > 2; }));
  is_stuck = true;
  REQUIRE(await_questions());
  const auto before = signs();
  REQUIRE(await_questions());
  CHECK(signs() == before);
}

TEST_CASE("a program runs without systemd, and with a socket that nobody reads") {
  const std::string name = GENERATE("", "/nowhere/notify", "relative", "@nobody-listens-here");
  const SystemdVariables variables(name);
  const Readiness readiness;
  ServiceNotifier notifier(readiness);
  CHECK_NOTHROW(notifier.report_stop(std::chrono::seconds(1)));
}
