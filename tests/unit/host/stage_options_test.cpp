#include "host/stage_options.hpp"

#include <catch2/catch.hpp>

#include "host/executor.hpp"

namespace host = esteira::host;

TEST_CASE("the options of a host have the defaults of the settings") {
  CHECK(host::StageOptions{}.delivery_limit == 20);
  CHECK(host::Executor::Options{}.concurrency == 8);
  CHECK(host::Executor::Options{}.timeout == std::chrono::seconds(30));
}
