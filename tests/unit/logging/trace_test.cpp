#include "runtime/logging/trace.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "runtime/text/uuid.hpp"
#include "tests/support/wait.hpp"

using esteira::runtime::Trace;

TEST_CASE("a traceparent is read and written") {
  const std::string header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto trace = Trace::parse(header);
  REQUIRE(trace.has_value());
  CHECK(trace->trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(trace->parent_id == "00f067aa0ba902b7");
  CHECK(trace->sampled);
  CHECK(trace->header() == header);
  CHECK(esteira::runtime::trace_id_of(header) == trace->trace_id);
}

TEST_CASE("a later version may append to a traceparent") {
  CHECK(Trace::parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more").has_value());
}

TEST_CASE("what is no traceparent is not read") {
  const auto* header = GENERATE("", "00", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                                "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g");
  CHECK_FALSE(Trace::parse(header).has_value());
}

TEST_CASE("a child stays in its trace") {
  const auto parent = Trace::make();
  const auto child = parent.child();
  CHECK(child.trace_id == parent.trace_id);
  CHECK(child.parent_id != parent.parent_id);
  CHECK(Trace::parse(child.header()).has_value());
}

TEST_CASE("random UUIDs are version 4 and differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto uuid = esteira::runtime::random_uuid();
    CHECK(esteira::runtime::is_uuid(uuid));
    CHECK(uuid[14] == '4');
    CHECK(seen.insert(uuid).second);
  }
}

TEST_CASE("ordered UUIDs are version 7, follow the clock and differ") {
  const auto first = esteira::runtime::ordered_uuid();
  CHECK(esteira::runtime::is_uuid(first));
  CHECK(first[14] == '7');
  CHECK(std::string("89ab").find(first[19]) != std::string::npos);
  const auto time_of = [](const std::string& uuid) { return uuid.substr(0, 13); };
  std::string later;
  const auto is_later = [&] { return time_of(later = esteira::runtime::ordered_uuid()) != time_of(first); };
  REQUIRE(esteira::test::wait_until(is_later));
  CHECK(later > first);
  CHECK(esteira::runtime::ordered_uuid() != later);
}

TEST_CASE("a UUID is recognised by its form") {
  CHECK(esteira::runtime::is_uuid("7D444840-9DC0-11D1-B245-5FFDCE74FAD2"));
  const auto* text = GENERATE("", "7d4448409dc011d1b2455ffdce74fad2", "7d444840-9dc0-11d1-b245-5ffdce74fad",
                              "7d444840-9dc0-11d1-b245-5ffdce74fad22", "7d444840-9dc0-11d1-b245-5ffdce74fadg",
                              "7d4448409-dc0-11d1-b245-5ffdce74fad2");
  CHECK_FALSE(esteira::runtime::is_uuid(text));
}
