#include "runtime/logging/trace.hpp"

#include <catch2/catch.hpp>
#include <string>

using esteira::runtime::Trace;

TEST_CASE("a traceparent is parsed and written") {
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

TEST_CASE("an invalid traceparent is rejected") {
  const auto* header = GENERATE("", "00", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                                "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g");
  CHECK_FALSE(Trace::parse(header).has_value());
}

TEST_CASE("a child has the same trace id and a new parent id") {
  const auto parent = Trace::make();
  const auto child = parent.child();
  CHECK(child.trace_id == parent.trace_id);
  CHECK(child.parent_id != parent.parent_id);
  CHECK(Trace::parse(child.header()).has_value());
}
