#include "bench/load/processes.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <stdexcept>

namespace {

using esteira::bench::footprint;
using esteira::bench::parse_stat;
using esteira::bench::process_tree_cpu_seconds;
using esteira::bench::ProcessTable;
using esteira::bench::read_processes;

}  // namespace

TEST_CASE("a process name that looks like fields is parsed correctly") {
  const auto stat = parse_stat("22415 (a) R 9 (b) R 77 1 2 3 4 5 6 7 8 9 100 200 300 400 20 0 1");
  CHECK(stat.parent == 77);
  CHECK(stat.cpu_seconds == Approx(1000.0 / static_cast<double>(sysconf(_SC_CLK_TCK))));
}

TEST_CASE("a truncated line is not a process") {
  CHECK_THROWS_AS(parse_stat("22415 (a) R 77 1 2"), std::runtime_error);
  CHECK_THROWS_AS(parse_stat("22415"), std::runtime_error);
}

TEST_CASE("a process family is a process and its descendants only") {
  const ProcessTable table{{1, {0, 100}}, {10, {1, 1}}, {11, {10, 2}}, {12, {11, 4}}, {20, {1, 8}}};
  CHECK(process_tree_cpu_seconds(table, 10) == Approx(7));
  CHECK(process_tree_cpu_seconds(table, 20) == Approx(8));
  CHECK(process_tree_cpu_seconds(table, 99) == 0);
}

TEST_CASE("this process is listed with its memory and threads") {
  const auto own = footprint(getpid());
  CHECK(own.rss_mb > 0);
  CHECK(own.peak_mb >= own.rss_mb);
  CHECK(own.threads >= 1);
  CHECK(read_processes().contains(getpid()));
}
