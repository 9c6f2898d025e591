#pragma once
#include <string>

#include "cli/installation.hpp"

namespace esteira::cli {

/// What the broker user of RABBITMQ_URL may not do, though programs need it, in one line; empty when nothing is
/// missing. Checks the exchanges and queues that exist. Throws BrokerError and Unavailable when a server cannot be
/// asked.
std::string find_missing_broker_rights(const Installation& installation);

}  // namespace esteira::cli
