#include "runtime/logging/outage.hpp"

#include <catch2/catch.hpp>

TEST_CASE("an outage is logged once for each reason and once when it ends") {
  esteira::runtime::Outage outage("no server", "the server is back");
  CHECK_FALSE(outage.recovered());
  CHECK(outage.failed("refused"));
  CHECK_FALSE(outage.failed("refused"));
  CHECK(outage.failed("too many clients"));
  CHECK_FALSE(outage.failed("refused"));
  CHECK(outage.recovered());
  CHECK_FALSE(outage.recovered());
  CHECK(outage.failed("refused"));
}

TEST_CASE("an outage tells its latest reason until it ends") {
  esteira::runtime::Outage outage("no server", "the server is back");
  CHECK(outage.reason().empty());
  outage.failed("refused");
  outage.failed("too many clients");
  CHECK(outage.reason() == "no server: too many clients");
  outage.failed("refused");
  CHECK(outage.reason() == "no server: refused");
  outage.recovered();
  CHECK(outage.reason().empty());
}

TEST_CASE("a first try that is awaited is the reason until it has failed or succeeded") {
  esteira::runtime::Outage outage("work waits", "work goes on");
  outage.await_first("nothing was tried yet");
  CHECK(outage.reason() == "nothing was tried yet");
  SECTION("it succeeds") { CHECK_FALSE(outage.recovered()); }
  SECTION("it fails") {
    outage.failed("no connection");
    CHECK(outage.reason() == "work waits: no connection");
    CHECK(outage.recovered());
  }
  CHECK(outage.reason().empty());
}

TEST_CASE("an outage whose reason differs each time is logged five times") {
  esteira::runtime::Outage outage("no server", "the server is back");
  int logged = 0;
  for (int i = 0; i < 100; ++i) logged += outage.failed("reason " + std::to_string(i)) ? 1 : 0;
  CHECK(logged == 5);
}
