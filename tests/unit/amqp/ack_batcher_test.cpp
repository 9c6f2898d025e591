#include "runtime/amqp/ack_batcher.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::amqp::AckBatcher;
using Frames = std::vector<AckBatcher::Frame>;

namespace {

AckBatcher batcher_after(std::uint64_t deliveries) {
  AckBatcher batcher;
  for (std::uint64_t tag = 1; tag <= deliveries; ++tag) batcher.delivered(tag);
  return batcher;
}

}  // namespace

TEST_CASE("adjacent tags are acknowledged by one multiple ack, in any order") {
  auto batcher = batcher_after(5);
  CHECK(batcher.frames({3, 1, 2}) == Frames{{3, true}});
  CHECK(batcher.frames({5, 4}) == Frames{{5, true}});
}

TEST_CASE("a single tag is acknowledged by a single ack") {
  auto batcher = batcher_after(2);
  CHECK(batcher.frames({1}) == Frames{{1, false}});
  CHECK(batcher.frames({2}) == Frames{{2, false}});
}

TEST_CASE("tags above an unacknowledged one are acknowledged one by one") {
  auto batcher = batcher_after(6);
  CHECK(batcher.frames({1, 2, 4, 6}) == Frames{{2, true}, {4, false}, {6, false}});
}

TEST_CASE("a multiple ack never names a tag that was acknowledged before") {
  auto batcher = batcher_after(5);
  REQUIRE(batcher.frames({4, 5}) == Frames{{4, false}, {5, false}});
  CHECK(batcher.frames({1, 2, 3}) == Frames{{3, true}});
  batcher.delivered(6);
  CHECK(batcher.frames({6}) == Frames{{6, false}});
}

TEST_CASE("closing a gap acknowledges only the tags that are still unacknowledged") {
  auto batcher = batcher_after(4);
  REQUIRE(batcher.frames({1, 3}) == Frames{{1, false}, {3, false}});
  CHECK(batcher.frames({4, 2}) == Frames{{4, true}});
}

TEST_CASE("tags acknowledged twice or never delivered are ignored") {
  auto batcher = batcher_after(3);
  REQUIRE(batcher.frames({1, 1, 3}) == Frames{{1, false}, {3, false}});
  CHECK(batcher.frames({0, 1, 3, 4, 99}).empty());
  CHECK(batcher.frames({}).empty());
}
