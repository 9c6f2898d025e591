#pragma once
#include <string>
#include <vector>

#include "tests/faults/history.hpp"
#include "tests/faults/snapshot.hpp"

namespace esteira::faults {

/// Compares what clients saw with what the servers hold. Returns the violated guarantees, one line each with the key
/// and the order: an order is lost or duplicated, has the wrong final status, or its status went backwards; its money
/// is not accounted for. Empty when there are none.
std::vector<std::string> check(const History& history, const Snapshot& snapshot);

}  // namespace esteira::faults
