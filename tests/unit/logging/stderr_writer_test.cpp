#include "runtime/logging/stderr_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "runtime/logging/log.hpp"
#include "tests/support/wait.hpp"

namespace logging = esteira::runtime::log;
using esteira::test::wait_until;
using namespace std::chrono_literals;

namespace {

/// Replaces stderr by a pipe that waits when it is full, as a collector of logs gives it to a program.
class StalledReader {
 public:
  StalledReader() : stderr_(dup(STDERR_FILENO)) {
    REQUIRE(pipe(ends_.data()) == 0);
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    dup2(ends_[1], STDERR_FILENO);
    close(ends_[1]);
  }
  ~StalledReader() {
    dup2(stderr_, STDERR_FILENO);
    close(stderr_);
    leave();
  }
  StalledReader(const StalledReader&) = delete;
  StalledReader& operator=(const StalledReader&) = delete;

  /// Reads until `done` says that all has come; false when it has not within 20 s.
  template <class Done>
  bool read_until(Done done) {
    return wait_until([&] {
      std::array<char, 65536> data{};
      const auto size = read(ends_[0], data.data(), data.size());
      if (size > 0) text_.append(data.data(), static_cast<std::size_t>(size));
      return done(text_);
    });
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  void leave() {
    if (ends_[0] >= 0) close(std::exchange(ends_[0], -1));
  }

 private:
  int stderr_;
  std::array<int, 2> ends_{};
  std::string text_;
};

std::ptrdiff_t count_lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("a reader of stderr that stopped gets all lines later and blocks no thread") {
  constexpr int kLines = 3000;  // several times what a pipe holds
  StalledReader reader;
  for (int i = 0; i < kLines; ++i) logging::info("waits for its reader", {{"number", i}});
  REQUIRE(reader.read_until([](const std::string& text) { return count_lines(text) == kLines; }));
  const auto& text = reader.text();
  std::size_t at = 0;
  for (int i = 0; i < kLines && at != std::string::npos; ++i)
    at = text.find("\"number\":" + std::to_string(i) + "}", at);
  CHECK(at != std::string::npos);
}

TEST_CASE("lines that the buffer does not hold are dropped, counted and told") {
  StalledReader reader;
  const auto before = logging::dropped_lines();
  int written = 0;
  const std::string text(1000, 'x');
  for (; logging::dropped_lines() < before + 100 && written < 100'000; ++written) logging::info(text);
  REQUIRE(logging::dropped_lines() == before + 100);
  REQUIRE(reader.read_until(
      [](const std::string& all) { return all.find("log lines were dropped") != std::string::npos; }));
  CHECK_THAT(reader.text(), Catch::Contains("\"lines\":100}"));
  CHECK(count_lines(reader.text()) == written - 100 + 1);
}

TEST_CASE("a line longer than a pipe stays whole when its reader stops in the middle") {
  StalledReader reader;
  const std::string text(200'000, 'y');
  logging::info(text);
  logging::info("after it");
  REQUIRE(reader.read_until([](const std::string& all) { return count_lines(all) == 2; }));
  CHECK(reader.text().find(text) < reader.text().find("after it"));
}

TEST_CASE("without a reader of stderr lines are dropped and no call fails") {
  std::signal(SIGPIPE, SIG_IGN);
  const auto before = logging::dropped_lines();
  {
    StalledReader reader;
    reader.leave();
    logging::info("nobody reads this");
    CHECK(logging::dropped_lines() == before + 1);
  }
  StalledReader reader;
  const auto is_told = [](const std::string& all) { return all.find("log lines were dropped") != std::string::npos; };
  CHECK(reader.read_until(is_told));
}

TEST_CASE("a program can end while nobody reads its last lines") {
  StalledReader reader;
  for (int i = 0; i < 1000; ++i) logging::print(std::string(100, 'z'));
  logging::flush(1ms);
  REQUIRE(reader.read_until([](const std::string& all) { return count_lines(all) >= 1000; }));
  logging::flush(20s);
}
