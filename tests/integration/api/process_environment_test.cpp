#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/process.hpp"
#include "tests/support/socket.hpp"
#include "tests/support/wait.hpp"

using esteira::test::ApiFixture;
using esteira::test::http_request;
using esteira::test::Process;
using esteira::test::wait_until;

namespace {

std::string esteira_api_path() { return (esteira::test::build_dir() / "bin" / "esteira-api").string(); }

int status_of(std::uint16_t port, const std::string& path) {
  try {
    return http_request(port, "GET", path).status;
  } catch (const std::exception&) {
    return 0;  // it does not listen yet
  }
}

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a program started with closed standard descriptors writes no log line into a socket") {
  const ApiFixture fixture;
  auto environment = fixture.environment();
  environment["ESTEIRA_LOG_LEVEL"] = "debug";
  const auto port = esteira::test::Socket::listen(0).port();  // free again when the program starts
  environment["ESTEIRA_LISTEN"] = "127.0.0.1:" + std::to_string(port);
  Process process("/bin/sh", {"-c", R"(exec "$0" <&- >&- 2>&-)", esteira_api_path()}, environment);
  REQUIRE(wait_until([&] { return status_of(port, "/readyz") == 200; }));
  for (const auto* descriptor : {"0", "1", "2"}) {
    const auto link = std::filesystem::path("/proc") / std::to_string(process.pid()) / "fd" / descriptor;
    CHECK(std::filesystem::read_symlink(link) == "/dev/null");
  }
  for (int i = 0; i < 20; ++i) {
    const auto response = http_request(port, "POST", "/orders", ApiFixture::small_order(),
                                       {{"Authorization", "Bearer token"}, {"Content-Type", "application/json"}});
    CHECK(response.status == 202);
  }
  process.signal(SIGTERM);
  CHECK(process.wait() == 0);
}

TEST_CASE("signals that mean nothing to a program are logged and ignored") {
  const ApiFixture fixture;
  auto environment = fixture.environment();
  environment["ESTEIRA_LOG_LEVEL"] = "info";
  Process process(esteira_api_path(), {}, environment);
  REQUIRE(wait_until([&] { return process.output().find("\"listening\"") != std::string::npos; }));
  const auto signals = {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGRTMIN};
  std::size_t sent = 0;
  for (const int number : signals) {
    process.signal(number);
    ++sent;
    REQUIRE(wait_until([&] { return count_in(process.output(), "a signal is ignored") == sent; }));
  }
  process.signal(SIGTERM);
  CHECK(process.wait() == 0);
}
