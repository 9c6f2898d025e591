#pragma once
#include <string>
#include <vector>

#include "cli/installation.hpp"

namespace esteira::cli {

/// What differs between an installation and its settings without being a fault, one line each: queues that exist with
/// other arguments, queues that the broker user may not configure, hosts of one stage with
/// different retry delays or declarations, stages without a host for a day, and faults in how stages are connected.
/// Declares no queue that does not exist. Throws postgres::Unavailable and BrokerError.
std::vector<std::string> find_stage_differences(const Installation& installation);

}  // namespace esteira::cli
