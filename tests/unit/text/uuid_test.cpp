#include "runtime/text/uuid.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "tests/support/wait.hpp"

using esteira::runtime::canonical_uuid;
using esteira::runtime::first_uuid_at;
using esteira::runtime::is_uuid;
using esteira::runtime::ordered_uuid;
using esteira::runtime::random_uuid;
using esteira::test::wait_until;

TEST_CASE("random UUIDs are version 4 and differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto uuid = random_uuid();
    CHECK(is_uuid(uuid));
    CHECK(uuid[14] == '4');
    CHECK(seen.insert(uuid).second);
  }
}

TEST_CASE("ordered UUIDs are version 7, follow the clock and differ") {
  const auto first = ordered_uuid();
  CHECK(is_uuid(first));
  CHECK(first[14] == '7');
  CHECK(std::string("89ab").find(first[19]) != std::string::npos);
  const auto time_of = [](const std::string& uuid) { return uuid.substr(0, 13); };
  std::string later;
  const auto is_later = [&] { return time_of(later = ordered_uuid()) != time_of(first); };
  REQUIRE(wait_until(is_later));
  CHECK(later > first);
  CHECK(ordered_uuid() != later);
}

TEST_CASE("ordered UUIDs of one millisecond are in the order of their times") {
  auto last = ordered_uuid();
  for (int i = 0; i < 1000; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(1));
    auto next = ordered_uuid();
    CHECK(next > last);
    last = std::move(next);
  }
}

TEST_CASE("the first UUID of a time is not higher than any ordered one since, and higher than all before") {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto uuid = ordered_uuid();
  CHECK(first_uuid_at(now) <= uuid);
  CHECK(first_uuid_at(now + std::chrono::hours(1)) > uuid);
  CHECK(first_uuid_at(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(0x0123456789ab))) ==
        "01234567-89ab-7000-8000-000000000000");
}

TEST_CASE("is_uuid accepts the form 8-4-4-4-12 in either case only") {
  CHECK(is_uuid("7D444840-9DC0-11D1-B245-5FFDCE74FAD2"));
  const auto* text = GENERATE("", "7d4448409dc011d1b2455ffdce74fad2", "7d444840-9dc0-11d1-b245-5ffdce74fad",
                              "7d444840-9dc0-11d1-b245-5ffdce74fad22", "7d444840-9dc0-11d1-b245-5ffdce74fadg",
                              "7d4448409-dc0-11d1-b245-5ffdce74fad2");
  CHECK_FALSE(is_uuid(text));
}

TEST_CASE("a canonical UUID is in lower case") {
  CHECK(canonical_uuid("7D444840-9DC0-11D1-B245-5FFDCE74FAD2") == "7d444840-9dc0-11d1-b245-5ffdce74fad2");
  CHECK_FALSE(canonical_uuid("7D444840-9DC0").has_value());
}
