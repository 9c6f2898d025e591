#include "runtime/logging/scoped_log_batch.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "runtime/logging/log.hpp"
#include "tests/support/written_stderr.hpp"

namespace logging = esteira::runtime::log;
using esteira::test::WrittenStderr;

namespace {

std::ptrdiff_t lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("a log batch writes its lines together, in order, when it ends") {
  WrittenStderr writes;
  {
    const logging::ScopedLogBatch batch;
    logging::info("first");
    logging::info("second");
    CHECK(writes.next().empty());
  }
  const auto lines = writes.next();
  CHECK(lines_in(lines) == 2);
  CHECK(lines.find("first") < lines.find("second"));
}

TEST_CASE("a warning in a log batch is written at once, after the lines before it") {
  WrittenStderr writes;
  const logging::ScopedLogBatch batch;
  logging::info("before");
  logging::warn("look here");
  const auto lines = writes.next();
  CHECK(lines_in(lines) == 2);
  CHECK(lines.find("before") < lines.find("look here"));
}

TEST_CASE("a long log batch is written in blocks of whole lines of at most 4 KiB") {
  constexpr int kLines = 200;
  WrittenStderr writes;
  {
    const logging::ScopedLogBatch batch;
    for (int i = 0; i < kLines; ++i) logging::info("one of many lines", {{"number", i}});
  }
  std::ptrdiff_t seen = 0;
  for (auto block = writes.next(); !block.empty(); block = writes.next()) {
    CHECK(block.size() <= 4096);
    CHECK(block.back() == '\n');
    seen += lines_in(block);
  }
  CHECK(seen == kLines);
}

TEST_CASE("a line longer than a log batch is written whole") {
  WrittenStderr writes;
  const std::string text(10'000, 'x');
  {
    const logging::ScopedLogBatch batch;
    logging::info("before");
    logging::info(text);
  }
  std::string all;
  for (auto block = writes.next(); !block.empty(); block = writes.next()) all += block;
  CHECK(lines_in(all) == 2);
  CHECK(all.find("before") < all.find(text));
}

TEST_CASE("a log batch inside another one keeps the order of the lines") {
  WrittenStderr writes;
  {
    const logging::ScopedLogBatch outer;
    logging::info("first");
    {
      const logging::ScopedLogBatch inner;
      logging::info("second");
    }
    logging::info("third");
    CHECK(writes.next().empty());
  }
  const auto lines = writes.next();
  CHECK(lines.find("first") < lines.find("second"));
  CHECK(lines.find("second") < lines.find("third"));
}

TEST_CASE("after a log batch lines are written at once again") {
  WrittenStderr writes;
  { const logging::ScopedLogBatch batch; }
  logging::info("alone");
  CHECK_THAT(writes.next(), Catch::Contains("alone"));
}

TEST_CASE("a log batch collects the lines of its own thread only") {
  WrittenStderr writes;
  const logging::ScopedLogBatch batch;
  std::thread([] { logging::info("elsewhere"); }).join();
  CHECK_THAT(writes.next(), Catch::Contains("elsewhere"));
}
