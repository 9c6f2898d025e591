#include "tests/support/process.hpp"

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/support/wait.hpp"

namespace esteira::test {

TEST_CASE("Process reports a program's exit code and all its output", "[support]") {
  Process process("sh", {"-c", "echo out; echo err >&2; exit 7"}, {});
  REQUIRE(process.wait() == 7);
  CHECK(process.output() == "out\nerr\n");
}

TEST_CASE("Process gives a program its own environment", "[support]") {
  Process process("sh", {"-c", "echo \"$GIVEN,$HOME\""}, {{"GIVEN", "yes"}});
  REQUIRE(process.wait() == 0);
  CHECK(process.output() == "yes,\n");
}

TEST_CASE("Process reports the signal that ended a program", "[support]") {
  Process process("sleep", {"600"}, {});
  CHECK_FALSE(process.wait(std::chrono::milliseconds(0)));
  process.signal(SIGTERM);
  CHECK(process.wait() == 128 + SIGTERM);
}

}  // namespace esteira::test
