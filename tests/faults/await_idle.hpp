#pragma once
#include <string>

#include "tests/faults/deployment.hpp"

namespace esteira::faults {

/// Waits until every order is completed or failed, the outbox is empty, and only dead-letter queues have messages.
/// Gives up after two minutes without any progress. Returns what is left then, or "" when everything is done.
std::string await_idle(Deployment& deployment);

}  // namespace esteira::faults
