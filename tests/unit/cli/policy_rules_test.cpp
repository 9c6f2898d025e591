#include "cli/policy_rules.hpp"

#include <catch2/catch.hpp>

using esteira::cli::find_dangerous_policies;
using esteira::cli::QueuePolicies;

namespace {

QueuePolicies queue_of(const std::string& name, const std::string& policy, std::map<std::string, std::int64_t> limits) {
  return {name, policy, "", std::move(limits), {}, "reject-publish"};
}

}  // namespace

TEST_CASE("a queue without a policy is in no danger") {
  CHECK(find_dangerous_policies({queue_of("q", "", {})}).empty());
}

TEST_CASE("a policy that removes messages is named with its definition and its queues") {
  CHECK(find_dangerous_policies({queue_of("o.a", "ttl", {{"message-ttl", 5}}),
                                 queue_of("o.b", "ttl", {{"message-ttl", 5}}),
                                 queue_of("o.a.retry.1000", "ttl", {{"message-ttl", 5}})}) ==
        std::vector<std::string>{"policy 'ttl': message-ttl 5 removes messages that wait for so long: o.a, o.b"});
  CHECK(find_dangerous_policies({queue_of("o.a.retry.1000", "p", {{"expires", 7}})}).size() == 1);
  CHECK(find_dangerous_policies({queue_of("o.a.dead", "p", {{"delivery-limit", 3}})}).size() == 1);
}

TEST_CASE("a length limit is no danger to a queue that refuses publications") {
  auto queue = queue_of("o.a.dead", "short", {{"max-length", 3}});
  CHECK(find_dangerous_policies({queue}).empty());
  SECTION("a queue of an older version drops its oldest messages") {
    queue.overflow_argument.reset();
    CHECK(find_dangerous_policies({queue}) ==
          std::vector<std::string>{"policy 'short': max-length 3 drops the oldest messages: o.a.dead"});
  }
  SECTION("a policy replaces the argument") {
    queue.overflow = "drop-head";
    CHECK(find_dangerous_policies({queue}).size() == 2);
  }
}

TEST_CASE("an operator policy is named, and many queues are counted") {
  std::vector<QueuePolicies> queues;
  for (const auto* name : {"o.a", "o.b", "o.c", "o.d", "o.e"})
    queues.push_back({name, "", "ops", {{"expires", 1}}, {}, {}});
  CHECK(
      find_dangerous_policies(queues) ==
      std::vector<std::string>{"operator policy 'ops': expires 1 deletes a queue without consumers, and its messages: "
                               "o.a, o.b, o.c and 2 more"});
}
