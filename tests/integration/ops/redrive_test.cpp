#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/integration/ops/ops_room.hpp"

using esteira::runtime::orders::LetterFate;
using esteira::runtime::orders::purge_letter;
using esteira::runtime::orders::redrive_letter;
using esteira::test::Applied;
using esteira::test::OpsRoom;

namespace {

std::string failed_in_enrich(OpsRoom& room) {
  auto id = room.place();
  room.done(id, "process", "processing", "order.enrichment.requested");
  room.fail(id, "enrich", "supplier away");
  return id;
}

}  // namespace

TEST_CASE("a redriven order is at work again, and its message waits in the outbox") {
  OpsRoom room;
  const auto id = failed_in_enrich(room);
  CHECK(redrive_letter(room.session(), room.letter_of(id)) == LetterFate::redriven);
  CHECK(room.database().value("select status || ' ' || redrives || coalesce(failure_reason, '') from orders") ==
        "processing 1");
  CHECK(room.database().value("select exchange || '|' || routing_key || '|' || redrive from outbox") ==
        "|" + room.queue("enrich") + "|1");
  CHECK(room.database().value("select body from outbox") == room.letter_of(id).body);
  CHECK(room.database().value("select detail from order_events where outcome = 'redriven'") == "supplier away");
}

TEST_CASE("of two who redrive one letter at once, one does") {
  OpsRoom room;
  const auto letter = room.letter_of(failed_in_enrich(room));
  std::vector<LetterFate> fates(4);
  std::vector<std::thread> operators;
  operators.reserve(fates.size());
  for (auto& fate : fates) {
    operators.emplace_back([&] {
      esteira::test::OrderSession session(room.database());
      fate = redrive_letter(session, letter);
    });
  }
  for (auto& thread : operators) thread.join();
  CHECK(std::ranges::count(fates, LetterFate::redriven) == 1);
  CHECK(std::ranges::count(fates, LetterFate::stale) == 3);
  CHECK(room.database().value("select count(*) from outbox") == "1");
}

TEST_CASE("an order that fails again can be redriven again, by its new letter alone") {
  OpsRoom room;
  const auto id = failed_in_enrich(room);
  redrive_letter(room.session(), room.letter_of(id));
  room.fail(id, "enrich", "still away", 1);
  CHECK(redrive_letter(room.session(), room.letter_of(id, 0)) == LetterFate::stale);
  CHECK(redrive_letter(room.session(), room.letter_of(id, 1)) == LetterFate::redriven);
  CHECK(room.database().value("select redrives from orders") == "2");
}

TEST_CASE("a letter that the broker gave up is redriven, and a late copy of its message has no effect") {
  OpsRoom room;
  const auto id = room.place();
  room.done(id, "process", "processing", "order.enrichment.requested");
  CHECK(redrive_letter(room.session(), room.letter_of(id)) == LetterFate::redriven);
  CHECK(room.done(id, "enrich", "", "order.enriched", "{}").verdict == Applied::Verdict::already_ended);
  CHECK(room.done(id, "enrich", "", "order.enriched", "{}", 1).verdict == Applied::Verdict::applied);
}

TEST_CASE("a redrive never takes a status back, but from failed") {
  OpsRoom room;
  const auto id = room.place();
  room.done(id, "process", "shipped", "order.enrichment.requested");
  REQUIRE(redrive_letter(room.session(), room.letter_of(id)) == LetterFate::redriven);
  CHECK(room.status(id) == "shipped");
}

TEST_CASE("a letter of an order that went on, is unknown or contradicts it changes nothing") {
  OpsRoom room;
  CHECK(redrive_letter(room.session(), room.letter_of(room.completed())) == LetterFate::stale);
  CHECK(redrive_letter(room.session(), room.letter_of("6f0c1b9e-5b1f-4a8e-9a54-0a3d2f4c1e77")) ==
        LetterFate::unknown_order);
  CHECK(redrive_letter(room.session(), room.letter_of("not-an-id")) == LetterFate::unknown_order);
  CHECK(redrive_letter(room.session(), room.letter_of(failed_in_enrich(room), 3)) == LetterFate::refused);
  CHECK(room.database().value("select count(*) from outbox") == "0");
}

TEST_CASE("a purged letter leaves its trace, and an order that waited for it is failed") {
  OpsRoom room;
  const auto failed = failed_in_enrich(room);
  const auto given_up = room.place();
  for (int i = 0; i < 2; ++i) {
    CHECK(purge_letter(room.session(), room.letter_of(failed)) == LetterFate::purged);
    CHECK(purge_letter(room.session(), room.letter_of(given_up)) == LetterFate::purged);
  }
  CHECK(room.database().value("select count(*) from order_events where outcome = 'purged'") == "2");
  CHECK(room.database().value("select failure_reason from orders where id = '" + failed + "'") == "supplier away");
  CHECK(room.status(given_up) == "failed");
  CHECK(room.audit().at("clean") == true);
}
