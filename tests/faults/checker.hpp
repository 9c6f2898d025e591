#pragma once
#include <string>
#include <vector>

#include "tests/faults/history.hpp"
#include "tests/faults/snapshot.hpp"

namespace esteira::faults {

/// What contradicts the promises, one line each with the key and the order: nothing lost, nothing twice, each order at
/// its right end, no status that went back. Empty when all holds.
std::vector<std::string> check(const History& history, const Snapshot& snapshot);

}  // namespace esteira::faults
