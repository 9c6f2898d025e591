#include "cli/policy_rules.hpp"

#include <utility>

namespace esteira::cli {
namespace {

constexpr const char* kRejectPublish = "reject-publish";

/// The policy with a definition, and what it does: a key of the findings.
using Danger = std::pair<std::string, std::string>;
using Dangers = std::map<Danger, std::vector<std::string>>;

bool is_retry_queue(const std::string& queue) { return queue.find(".retry.") != std::string::npos; }

std::string policy_text(const QueuePolicies& queue) {
  if (queue.operator_policy.empty()) return "policy '" + queue.policy + "'";
  if (queue.policy.empty()) return "operator policy '" + queue.operator_policy + "'";
  return "policy '" + queue.policy + "' or operator policy '" + queue.operator_policy + "'";
}

/// What a limit does to the messages of the queue; empty when it loses none.
std::string effect_of(const std::string& limit, const QueuePolicies& queue) {
  if (limit == "expires") return "deletes a queue without consumers, and its messages";
  if (limit == "delivery-limit") return "removes a message that was delivered so often";
  // The message of a retry then returns to its stage earlier.
  if (limit == "message-ttl") return is_retry_queue(queue.queue) ? "" : "removes messages that wait for so long";
  const auto overflow = queue.overflow ? queue.overflow : queue.overflow_argument;
  return overflow == kRejectPublish ? "" : "drops the oldest messages";
}

void add_dangers(const QueuePolicies& queue, Dangers& dangers) {
  for (const auto& [limit, number] : queue.limits) {
    const auto effect = effect_of(limit, queue);
    if (effect.empty()) continue;
    auto text = limit;
    text.append(" ").append(std::to_string(number)).append(" ").append(effect);
    dangers[{policy_text(queue), std::move(text)}].push_back(queue.queue);
  }
  if (queue.overflow && *queue.overflow != kRejectPublish) {
    dangers[{policy_text(queue), "overflow " + *queue.overflow + " replaces reject-publish, without which RabbitMQ " +
                                     "loses messages between queues"}]
        .push_back(queue.queue);
  }
}

std::string list_queues(const std::vector<std::string>& queues) {
  constexpr std::size_t kMaxNames = 3;
  std::string text;
  for (std::size_t i = 0; i < queues.size() && i < kMaxNames; ++i) text.append(i == 0 ? "" : ", ").append(queues[i]);
  if (queues.size() > kMaxNames) text.append(" and ").append(std::to_string(queues.size() - kMaxNames)).append(" more");
  return text;
}

}  // namespace

std::vector<std::string> find_dangerous_policies(const std::vector<QueuePolicies>& queues) {
  Dangers dangers;
  for (const auto& queue : queues) add_dangers(queue, dangers);
  std::vector<std::string> lines;
  lines.reserve(dangers.size());
  for (const auto& [danger, names] : dangers) {
    lines.push_back(
        std::string(danger.first).append(": ").append(danger.second).append(": ").append(list_queues(names)));
  }
  return lines;
}

}  // namespace esteira::cli
