#pragma once
#include <functional>
#include <string>

#include "tests/faults/deployment.hpp"

namespace esteira::faults {

/// Waits until every order is completed or failed, the outbox is empty, and only dead-letter queues have messages.
/// Gives up after two minutes without any progress. Returns what is left then, or "" when everything is done. While
/// nothing changes it calls `place`, which places orders that complete: a circuit breaker before orders that are all
/// refused waits for others.
std::string await_idle(Deployment& deployment, const std::function<void()>& place = {});

}  // namespace esteira::faults
