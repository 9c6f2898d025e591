#pragma once
#include <string>

#include "tests/faults/fleet.hpp"

namespace esteira::faults {

/// Waits until every order is at its end and no queue but the dead letters' has a message. It may take its time as long
/// as it gets on: gives up after two minutes in which nothing changes. Returns what is left then; "" when all is done.
std::string await_quiet(Fleet& fleet);

}  // namespace esteira::faults
