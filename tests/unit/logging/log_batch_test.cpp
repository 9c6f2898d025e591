#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "runtime/logging/log.hpp"

namespace logging = esteira::runtime::log;

namespace {

/// Stands in for stderr while it lives, and keeps each write apart (O_DIRECT, pipe(2)).
class Writes {
 public:
  Writes() : stderr_(dup(STDERR_FILENO)) {
    REQUIRE(pipe2(ends_.data(), O_DIRECT | O_NONBLOCK) == 0);
    dup2(ends_[1], STDERR_FILENO);
  }
  ~Writes() {
    dup2(stderr_, STDERR_FILENO);
    for (const int fd : {stderr_, ends_[0], ends_[1]}) close(fd);
  }
  Writes(const Writes&) = delete;
  Writes& operator=(const Writes&) = delete;

  /// The next one, empty when there is none.
  std::string next() {
    std::array<char, 65536> data{};
    const auto size = read(ends_[0], data.data(), data.size());
    return size < 0 ? std::string() : std::string(data.data(), static_cast<std::size_t>(size));
  }

 private:
  int stderr_;
  std::array<int, 2> ends_{};
};

std::ptrdiff_t lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("a line is written at once, whole") {
  Writes writes;
  logging::info("alone");
  const auto line = writes.next();
  CHECK_THAT(line, Catch::Contains("alone") && Catch::EndsWith("}\n"));
}

TEST_CASE("the lines of a burst are written together, in order, when it ends") {
  Writes writes;
  {
    const logging::LogBatch burst;
    logging::info("first");
    logging::info("second");
    CHECK(writes.next().empty());
  }
  const auto lines = writes.next();
  CHECK(lines_in(lines) == 2);
  CHECK(lines.find("first") < lines.find("second"));
}

TEST_CASE("a warning in a burst is written at once, behind what came before it") {
  Writes writes;
  const logging::LogBatch burst;
  logging::info("before");
  logging::warn("look here");
  const auto lines = writes.next();
  CHECK(lines.find("before") < lines.find("look here"));
}

TEST_CASE("a long burst is written in pieces of whole lines that a pipe takes in one piece") {
  constexpr int kLines = 200;
  Writes writes;
  {
    const logging::LogBatch burst;
    for (int i = 0; i < kLines; ++i) logging::info("one of many lines", {{"number", i}});
  }
  std::ptrdiff_t seen = 0;
  for (auto piece = writes.next(); !piece.empty(); piece = writes.next()) {
    CHECK(piece.size() <= 4096);
    CHECK(piece.back() == '\n');
    seen += lines_in(piece);
  }
  CHECK(seen == kLines);
}

TEST_CASE("a burst is its own thread's") {
  Writes writes;
  const logging::LogBatch burst;
  std::thread([] { logging::info("elsewhere"); }).join();
  CHECK_THAT(writes.next(), Catch::Contains("elsewhere"));
}
