#include "runtime/logging/library_text.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/written_stderr.hpp"

using esteira::runtime::log::LibraryText;
using esteira::test::WrittenStderr;

TEST_CASE("what a library prints to stderr becomes a log line for each of its lines") {
  WrittenStderr writes;
  const LibraryText captured;
  std::fprintf(stderr, "WARNING:  %s\nDETAIL:  \"two\"\n", "one");
  std::fputs("begun ", stderr);
  std::fputs("and ended\n\n", stderr);
  for (const auto* text : {"WARNING:  one", "DETAIL:  \"two\"", "begun and ended"}) {
    const auto line = nlohmann::json::parse(writes.next());
    CHECK(line["msg"] == "a library wrote to stderr");
    CHECK(line["level"] == "warn");
    CHECK(line["text"] == text);
  }
  CHECK(writes.next().empty());
}

TEST_CASE("what a library writes to std::cerr and std::clog becomes a log line") {
  WrittenStderr writes;
  const LibraryText captured;
  std::cerr << "of " << 2 << " parts" << std::endl;
  CHECK(nlohmann::json::parse(writes.next())["text"] == "of 2 parts");
  std::clog << "logged\n" << std::flush;
  CHECK(nlohmann::json::parse(writes.next())["text"] == "logged");
  CHECK(writes.next().empty());
}

TEST_CASE("a library line without an end becomes several log lines") {
  WrittenStderr writes;
  const LibraryText captured;
  std::fputs(std::string(10000, 'q').append("\n").c_str(), stderr);
  std::string text;
  for (auto line = writes.next(); !line.empty(); line = writes.next()) text += line;
  CHECK(std::count(text.begin(), text.end(), 'q') == 10000);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("stderr is as before when the capture of library text ends") {
  WrittenStderr writes;
  { const LibraryText captured; }
  std::fputs("plain\n", stderr);
  std::cerr << "plain too\n";
  CHECK(writes.next() == "plain\n");
  CHECK(writes.next() == "plain too\n");
}
