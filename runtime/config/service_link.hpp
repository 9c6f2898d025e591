#pragma once
#include <string_view>

namespace esteira::runtime {

/// Whether a variable has the form of those that Kubernetes sets in every pod for each Service of its namespace. For a
/// Service "redis-main" on port 6379: REDIS_MAIN_SERVICE_HOST=10.0.0.11, REDIS_MAIN_SERVICE_PORT[_NAME]=6379,
/// REDIS_MAIN_PORT=tcp://10.0.0.11:6379 and REDIS_MAIN_PORT_6379_TCP[_PROTO|_PORT|_ADDR]. Name and value must both fit,
/// so that a misspelt setting does not pass for one. Source: the Kubernetes documentation, "Service", "Environment
/// variables".
[[nodiscard]] bool is_service_link(std::string_view name, std::string_view value);

}  // namespace esteira::runtime
