#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace esteira::cli {

/// A queue with the policies that apply to it, as RabbitMQ's management API describes it.
struct QueuePolicies {
  std::string queue;
  std::string policy;           ///< its name; empty: none
  std::string operator_policy;  ///< its name; empty: none
  /// What both define together, limits only.
  std::map<std::string, std::int64_t> limits;
  std::optional<std::string> overflow;           ///< as the policies define it: it replaces the queue's argument
  std::optional<std::string> overflow_argument;  ///< as the queue was declared
};

/// A line for each policy and each of its definitions that can lose messages, with the queues that it concerns.
std::vector<std::string> find_dangerous_policies(const std::vector<QueuePolicies>& queues);

}  // namespace esteira::cli
