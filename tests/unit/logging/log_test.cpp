#include "runtime/logging/log.hpp"

#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/written_stderr.hpp"

namespace logging = esteira::runtime::log;
using esteira::test::WrittenStderr;
using logging::Level;

namespace {

/// Sets level and form while it lives.
class Configured {
 public:
  explicit Configured(const char* level, const char* format = "json") {
    logging::configure({"esteira-host", "enrich", level, format});
  }
  ~Configured() { logging::configure({}); }
  Configured(const Configured&) = delete;
  Configured& operator=(const Configured&) = delete;
};

}  // namespace

TEST_CASE("a log line is written whole with one write") {
  WrittenStderr writes;
  logging::info("alone");
  const auto line = writes.next();
  CHECK_THAT(line, Catch::Contains("alone") && Catch::EndsWith("}\n"));
  CHECK(writes.next().empty());
}

TEST_CASE("a log line has the time, its level, the service, the stage and the fields") {
  WrittenStderr writes;
  const Configured configured("info");
  logging::warn("odd {} %v", {{"order_id", "o1"}});
  auto json = nlohmann::ordered_json::parse(writes.next());
  CHECK_THAT(json["ts"].get<std::string>(), Catch::Matches(R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"));
  json.erase("ts");
  CHECK(json.dump() ==
        R"({"level":"warn","msg":"odd {} %v","service":"esteira-host","stage":"enrich","order_id":"o1"})");
}

TEST_CASE("each level writes its own name") {
  WrittenStderr writes;
  const Configured configured("debug");
  logging::debug("x");
  logging::info("x");
  logging::warn("x");
  logging::error("x");
  for (const auto* name : {"debug", "info", "warn", "error"}) {
    CHECK(nlohmann::json::parse(writes.next())["level"] == name);
  }
}

TEST_CASE("the log level suppresses what is below it") {
  const auto [level, written] = GENERATE(
      table<const char*, std::vector<Level>>({{"debug", {Level::debug, Level::info, Level::warn, Level::error}},
                                              {"info", {Level::info, Level::warn, Level::error}},
                                              {"warn", {Level::warn, Level::error}},
                                              {"error", {Level::error}}}));
  WrittenStderr writes;
  const Configured configured(level);
  for (const auto each : {Level::debug, Level::info, Level::warn, Level::error}) {
    logging::write(each, "x");
    const bool expected = std::find(written.begin(), written.end(), each) != written.end();
    CHECK(logging::enabled(each) == expected);
    CHECK(writes.next().empty() != expected);
  }
}

TEST_CASE("the text format is written without JSON") {
  WrittenStderr writes;
  const Configured configured("info", "text");
  logging::info("done", {{"attempt", 2}});
  CHECK_THAT(writes.next(), Catch::EndsWith("Z info  enrich: done attempt=2\n"));
}

TEST_CASE("the automatic format is JSON when stderr is not a terminal") {
  WrittenStderr writes;
  const Configured configured("info", "auto");
  logging::info("done");
  CHECK_THAT(writes.next(), Catch::StartsWith("{"));
}

TEST_CASE("the automatic format is text on a terminal") {
  const int stderr_before = dup(STDERR_FILENO);
  int master = -1;
  int terminal = -1;
  REQUIRE(openpty(&master, &terminal, nullptr, nullptr, nullptr) == 0);
  dup2(terminal, STDERR_FILENO);
  logging::configure({"esteira-host", "enrich", "info", "auto"});
  logging::info("done");
  dup2(stderr_before, STDERR_FILENO);
  logging::configure({});
  std::array<char, 200> data{};
  const auto size = read(master, data.data(), data.size());
  for (const int fd : {stderr_before, master, terminal}) close(fd);
  REQUIRE(size > 0);
  CHECK_THAT(std::string(data.data(), static_cast<std::size_t>(size)), Catch::Contains("Z info  enrich: done"));
}

TEST_CASE("log lines of several threads stay whole and keep their own fields") {
  constexpr int kThreads = 4;
  constexpr int kLines = 50;
  WrittenStderr writes;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([thread] {
      for (int i = 0; i < kLines; ++i) logging::info(std::to_string(thread), {{"thread", thread}});
    });
  }
  for (auto& thread : threads) thread.join();
  int seen = 0;
  for (auto line = writes.next(); !line.empty(); line = writes.next(), ++seen) {
    const auto json = nlohmann::json::parse(line);
    CHECK(json["msg"] == std::to_string(json["thread"].get<int>()));
  }
  CHECK(seen == kThreads * kLines);
}
