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

TEST_CASE("a confirm settles one publication, a multiple one all before it") {
  auto tracker = tracking(5);
  ConfirmTracker::Settled settled;
  tracker.settle(2, false, true, settled);
  CHECK(settled.confirmed == Tokens{102});
  tracker.settle(4, true, true, settled);
  CHECK(settled.confirmed == Tokens{102, 101, 103, 104});
  CHECK(tracker.size() == 1);
}

TEST_CASE("confirms out of order settle each publication once") {
  auto tracker = tracking(3);
  ConfirmTracker::Settled settled;
  tracker.settle(3, false, true, settled);
  tracker.settle(3, false, true, settled);
  tracker.settle(1, false, true, settled);
  tracker.settle(3, true, true, settled);
  CHECK(settled.confirmed == Tokens{103, 101, 102});
  CHECK(tracker.size() == 0);
  CHECK(tracker.track(named(104)) == 4);
}

TEST_CASE("nacks settle singly and multiply too") {
  auto tracker = tracking(3);
  ConfirmTracker::Settled settled;
  tracker.settle(2, true, false, settled);
  tracker.settle(3, false, true, settled);
  CHECK(tokens(settled.nacked) == Tokens{101, 102});
  CHECK(settled.confirmed == Tokens{103});
}

TEST_CASE("a returned publication is not confirmed by its ack") {
  auto tracker = tracking(2);
  ConfirmTracker::Settled settled;
  REQUIRE(tracker.mark_returned(1) != nullptr);
  tracker.settle(2, true, true, settled);
  CHECK(tokens(settled.returned) == Tokens{101});
  CHECK(settled.confirmed == Tokens{102});
}

TEST_CASE("tags that are not open are passed over") {
  auto tracker = tracking(2);
  ConfirmTracker::Settled settled;
  tracker.settle(0, false, true, settled);
  tracker.settle(3, true, true, settled);
  CHECK(tracker.mark_returned(0) == nullptr);
  CHECK(tracker.mark_returned(3) == nullptr);
  CHECK(settled.confirmed.empty());
  CHECK(tracker.size() == 2);
}

TEST_CASE("a new channel begins with tag 1, and what was open comes back in order") {
  auto tracker = tracking(4);
  ConfirmTracker::Settled settled;
  tracker.settle(2, false, true, settled);
  CHECK(tokens(tracker.reset()) == Tokens{101, 103, 104});
  CHECK(tracker.size() == 0);
  CHECK(tracker.track(named(105)) == 1);
}
