#pragma once
#include <string>
#include <vector>

#include "cli/policy_rules.hpp"
#include "runtime/amqp/broker_url.hpp"

namespace esteira::cli {

/// Asks RabbitMQ's management API which policies apply to the queues whose names begin with `prefix`. `url` is the
/// address of the API: http://user:password@host:15672; without a user, those of `broker` are used. RabbitMQ describes
/// a change of a policy with a delay of some seconds. Throws std::runtime_error, whose text contains neither user nor
/// password.
std::vector<QueuePolicies> read_queue_policies(const std::string& url, const runtime::amqp::BrokerUrl& broker,
                                               const std::string& prefix);

}  // namespace esteira::cli
