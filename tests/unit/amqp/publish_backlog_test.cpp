#include "runtime/amqp/publish_backlog.hpp"

#include <catch2/catch.hpp>

using esteira::runtime::amqp::Publication;
using esteira::runtime::amqp::PublishBacklog;

namespace {

std::vector<Publication> some(std::initializer_list<std::uint64_t> tokens) {
  std::vector<Publication> publications;
  for (const auto token : tokens) publications.emplace_back().token = token;
  return publications;
}

std::vector<std::uint64_t> drain(PublishBacklog& backlog) {
  std::vector<std::uint64_t> tokens;
  while (!backlog.empty()) tokens.push_back(backlog.pop().token);
  return tokens;
}

}  // namespace

TEST_CASE("publications of a lost connection are queued first, in their order") {
  PublishBacklog backlog;
  backlog.push_back(some({3, 4}));
  backlog.push_front(some({1, 2}));
  CHECK(drain(backlog) == std::vector<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("paused publications are ready again when their pause is over") {
  using namespace std::chrono_literals;
  PublishBacklog backlog;
  const auto now = PublishBacklog::Clock::now();
  backlog.pause(some({1}), now + 300ms);
  backlog.pause(some({2}), now + 100ms);
  CHECK(backlog.resume(now, 500ms) == 100ms);
  CHECK(backlog.empty());
  CHECK(backlog.resume(now + 100ms, 500ms) == 200ms);
  CHECK(drain(backlog) == std::vector<std::uint64_t>{2});
  CHECK(backlog.resume(now + 1s, 500ms) == 500ms);
  CHECK(drain(backlog) == std::vector<std::uint64_t>{1});
}
