#include "runtime/amqp/confirm_tracker.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::amqp::ConfirmTracker;
using esteira::runtime::amqp::Publication;

namespace {

Publication named(std::uint64_t token) {
  Publication publication;
  publication.token = token;
  return publication;
}

/// Tokens 101, 102, ... under tags 1, 2, ...
ConfirmTracker tracking(std::uint64_t count) {
  ConfirmTracker tracker;
  for (std::uint64_t tag = 1; tag <= count; ++tag) CHECK(tracker.track(named(100 + tag)) == tag);
  return tracker;
}

using Tokens = std::vector<std::uint64_t>;

Tokens tokens(const std::vector<Publication>& publications) {
  Tokens found;
  for (const auto& publication : publications) found.push_back(publication.token);
  return found;
}

}  // namespace

TEST_CASE("an ack confirms one publication, a multiple ack all up to its tag") {
  auto tracker = tracking(5);
  ConfirmTracker::Resolved resolved;
  tracker.resolve(2, false, true, resolved);
  CHECK(resolved.confirmed == Tokens{102});
  tracker.resolve(4, true, true, resolved);
  CHECK(resolved.confirmed == Tokens{102, 101, 103, 104});
  CHECK(tracker.size() == 1);
}

TEST_CASE("confirms out of order resolve each publication once") {
  auto tracker = tracking(3);
  ConfirmTracker::Resolved resolved;
  tracker.resolve(3, false, true, resolved);
  tracker.resolve(3, false, true, resolved);
  tracker.resolve(1, false, true, resolved);
  tracker.resolve(3, true, true, resolved);
  CHECK(resolved.confirmed == Tokens{103, 101, 102});
  CHECK(tracker.size() == 0);
  CHECK(tracker.track(named(104)) == 4);
}

TEST_CASE("a nack reports one publication, a multiple nack all up to its tag") {
  auto tracker = tracking(3);
  ConfirmTracker::Resolved resolved;
  tracker.resolve(2, true, false, resolved);
  tracker.resolve(3, false, true, resolved);
  CHECK(tokens(resolved.nacked) == Tokens{101, 102});
  CHECK(resolved.confirmed == Tokens{103});
}

TEST_CASE("the ack of a returned publication does not confirm it") {
  auto tracker = tracking(2);
  ConfirmTracker::Resolved resolved;
  REQUIRE(tracker.mark_returned(1) != nullptr);
  tracker.resolve(2, true, true, resolved);
  CHECK(tokens(resolved.returned) == Tokens{101});
  CHECK(resolved.confirmed == Tokens{102});
}

TEST_CASE("confirms of unknown tags are ignored") {
  auto tracker = tracking(2);
  ConfirmTracker::Resolved resolved;
  tracker.resolve(0, false, true, resolved);
  tracker.resolve(3, true, true, resolved);
  CHECK(tracker.mark_returned(0) == nullptr);
  CHECK(tracker.mark_returned(3) == nullptr);
  CHECK(resolved.confirmed.empty());
  CHECK(tracker.size() == 2);
}

TEST_CASE("reset returns unconfirmed publications in order and restarts at tag 1") {
  auto tracker = tracking(4);
  ConfirmTracker::Resolved resolved;
  tracker.resolve(2, false, true, resolved);
  CHECK(tokens(tracker.reset()) == Tokens{101, 103, 104});
  CHECK(tracker.size() == 0);
  CHECK(tracker.track(named(105)) == 1);
}
