#include "runtime/amqp/unroutable_publications.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using esteira::runtime::amqp::Publication;
using esteira::runtime::amqp::Route;
using esteira::runtime::amqp::UnroutablePublications;

namespace {

Publication publication(std::uint64_t token, const std::string& key, bool mandatory = true) {
  Publication made;
  made.exchange = "orders";
  made.routing_key = key;
  made.token = token;
  made.mandatory = mandatory;
  return made;
}

struct UnroutableFixture {
  UnroutableFixture() {
    for (const std::uint64_t token : {1, 2, 3}) unroutable.add_returned(publication(token, "a"), now);
  }

  UnroutablePublications unroutable{100ms, 400ms};
  UnroutablePublications::Clock::time_point now;
};

}  // namespace

TEST_CASE_METHOD(UnroutableFixture, "one probe of an unroutable route is sent at a time, after growing pauses") {
  CHECK_FALSE(unroutable.take_probe(now));
  CHECK(unroutable.next_probe_in(now, 1s) <= 100ms);
  auto pause = 100ms;
  for (int probe = 0; probe < 5; ++probe) {
    now += pause;
    const auto sent = unroutable.take_probe(now);
    REQUIRE(sent);
    CHECK_FALSE(unroutable.take_probe(now + 1h));
    CHECK(unroutable.next_probe_in(now, 1s) == 1s);
    unroutable.add_returned(*sent, now);
    pause = std::min(pause * 2, 400ms);
    CHECK_FALSE(unroutable.take_probe(now + pause * 3 / 4 - 1ms));  // the pause may be a quarter shorter
  }
  CHECK(unroutable.size() == 3);
}

TEST_CASE_METHOD(UnroutableFixture, "the publications held for a route are released when a queue takes its probe") {
  unroutable.hold(publication(4, "a"));
  const auto probe = unroutable.take_probe(now + 1s).value();
  CHECK(unroutable.answered(99).empty());
  CHECK(unroutable.answered(probe.token).size() == 3);
  CHECK(unroutable.empty());
  CHECK(unroutable.size() == 0);
  CHECK(unroutable.routes().empty());
}

TEST_CASE_METHOD(UnroutableFixture, "only mandatory publications of the same route are held") {
  CHECK(unroutable.contains(publication(4, "a")));
  CHECK_FALSE(unroutable.contains(publication(4, "b")));
  CHECK_FALSE(unroutable.contains(publication(4, "a", false)));
  CHECK(unroutable.routes() == std::vector<Route>{{"orders", "a"}});
}

TEST_CASE_METHOD(UnroutableFixture, "the surplus leaves one publication for the next probe") {
  CHECK(unroutable.take_surplus() == std::vector<std::uint64_t>{3, 2});
  CHECK(unroutable.size() == 1);
  REQUIRE(unroutable.take_probe(now + 1s));
  unroutable.hold(publication(4, "a"));
  CHECK(unroutable.take_surplus() == std::vector<std::uint64_t>{4});
  CHECK(unroutable.size() == 1);
}

TEST_CASE_METHOD(UnroutableFixture, "after a lost connection the route is probed again at once") {
  auto lost = unroutable.take_probe(now + 1s).value();
  unroutable.forget_probes(now + 1s);
  CHECK(unroutable.answered(lost.token).empty());
  CHECK(unroutable.size() == 2);
  unroutable.hold(std::move(lost));
  CHECK(unroutable.take_probe(now + 1s));
}
