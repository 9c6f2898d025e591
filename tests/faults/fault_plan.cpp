#include "tests/faults/fault_plan.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace esteira::faults {
namespace {

using std::chrono::milliseconds;
using Random = std::mt19937_64;

struct FaultTraits {
  const char* name;
  int per_round;          ///< how often it is in a round
  double hold;            ///< longest duration, as a share of the timeout
  milliseconds overhead;  ///< about how long it takes to cause and undo it
};

constexpr std::array<FaultTraits, kFaultKinds> kTraits{{
    {"kill program", 5, 0, milliseconds(500)},
    {"restart program", 3, 0, milliseconds(1500)},
    {"kill RabbitMQ", 1, 0, milliseconds(6000)},
    {"stop RabbitMQ", 1, 1, milliseconds(5000)},
    {"freeze RabbitMQ", 1, 0.5, milliseconds(500)},
    {"block publishers", 1, 0.5, milliseconds(3500)},
    {"kill PostgreSQL", 1, 0, milliseconds(1500)},
    {"freeze PostgreSQL", 1, 0.5, milliseconds(500)},
    {"end backends", 1, 0, milliseconds(100)},
    {"cut database", 1, 0.1, milliseconds(500)},
    {"cut broker", 1, 0.1, milliseconds(500)},
    {"stall database", 1, 0.4, milliseconds(100)},
    {"stall broker", 1, 0.4, milliseconds(100)},
    {"kill Redis", 1, 0.2, milliseconds(500)},
    {"kill provider", 1, 0.4, milliseconds(300)},
    {"freeze provider", 1, 0.4, milliseconds(100)},
    {"degrade provider", 1, 0.5, milliseconds(100)},
}};

const FaultTraits& traits_of(FaultKind kind) { return kTraits.at(static_cast<std::size_t>(kind)); }

int pick(Random& random, int least, int most) { return std::uniform_int_distribution(least, most)(random); }

std::vector<FaultKind> shuffled_round(Random& random) {
  std::vector<FaultKind> round;
  for (int kind = 0; kind < kFaultKinds; ++kind) {
    const auto per_round = kTraits.at(static_cast<std::size_t>(kind)).per_round;
    round.insert(round.end(), static_cast<std::size_t>(per_round), static_cast<FaultKind>(kind));
  }
  std::shuffle(round.begin(), round.end(), random);
  return round;
}

Fault make_fault(Random& random, FaultKind kind, milliseconds timeout, const std::vector<std::string>& programs) {
  const auto share = traits_of(kind).hold;
  const auto most = static_cast<int>(share * static_cast<double>(timeout.count()));
  Fault fault;
  fault.kind = kind;
  fault.pause = milliseconds(pick(random, 200, 1500));
  // Half of the faults last for their full time, because some bugs show only in a long outage.
  fault.hold = milliseconds(pick(random, 0, 1) == 0 ? most : pick(random, most / 4, most));
  fault.network = pick(random, 0, 1);
  fault.bytes = static_cast<std::size_t>(pick(random, 1, 2000));
  const auto& program = programs.at(static_cast<std::size_t>(pick(random, 0, static_cast<int>(programs.size()) - 1)));
  const bool is_of_program = kind == FaultKind::kill_program || kind == FaultKind::restart_program;
  if (is_of_program || (most > 0 && pick(random, 0, 2) == 0)) fault.program = program;
  return fault;
}

}  // namespace

const char* name_of(FaultKind kind) { return traits_of(kind).name; }

std::string describe(const Fault& fault) {
  std::string text = name_of(fault.kind);
  if (fault.hold.count() > 0) text += " for " + std::to_string(fault.hold.count()) + " ms";
  if (!fault.program.empty()) text += (fault.hold.count() > 0 ? ", meanwhile kill " : " ") + fault.program;
  return text;
}

std::vector<Fault> make_plan(std::uint64_t seed, std::chrono::seconds duration, std::chrono::seconds timeout,
                             const std::vector<std::string>& programs) {
  Random random(seed);
  std::vector<Fault> plan;
  milliseconds length{0};
  while (plan.empty() || length < duration) {
    const auto round = shuffled_round(random);
    plan.reserve(plan.size() + round.size());
    for (const auto kind : round) {
      if (length >= duration && plan.size() >= round.size()) break;
      plan.push_back(make_fault(random, kind, timeout, programs));
      length += plan.back().pause + plan.back().hold + traits_of(kind).overhead;
    }
  }
  return plan;
}

}  // namespace esteira::faults
