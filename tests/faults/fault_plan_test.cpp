#include "tests/faults/fault_plan.hpp"

#include <catch2/catch.hpp>
#include <set>

using esteira::faults::describe;
using esteira::faults::Fault;
using esteira::faults::FaultKind;
using esteira::faults::make_plan;
using std::chrono::seconds;

namespace {

const std::vector<std::string> programs{"api", "api-2", "enrich"};

std::vector<std::string> lines_of(std::uint64_t seed) {
  std::vector<std::string> lines;
  for (const auto& fault : make_plan(seed, seconds(60), seconds(5), programs)) lines.push_back(describe(fault));
  return lines;
}

}  // namespace

TEST_CASE("the fault plan depends only on the seed") {
  CHECK(lines_of(7) == lines_of(7));
  CHECK(lines_of(7) != lines_of(8));
}

TEST_CASE("the fault plan has every kind of fault and names the programs it hits") {
  std::set<FaultKind> kinds;
  for (const auto& fault : make_plan(1, seconds(10), seconds(5), programs)) {
    kinds.insert(fault.kind);
    const bool is_of_program = fault.kind == FaultKind::kill_program || fault.kind == FaultKind::restart_program;
    if (is_of_program) CHECK_FALSE(fault.program.empty());
    CHECK(fault.hold <= seconds(5));
  }
  CHECK(kinds.size() == esteira::faults::kFaultKinds);
}
