#include "runtime/metrics/metrics.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using esteira::runtime::long_latency_buckets;
using esteira::runtime::Metrics;

TEST_CASE("metrics are written in the Prometheus text format") {
  Metrics metrics;
  metrics.counter("esteira_things_total", "Things.", {{"kind", "red"}}).Increment(2);
  metrics.gauge("esteira_level", "Level.").Set(1.5);
  metrics.histogram("esteira_wait_seconds", "Wait.", {1, 2}).Observe(1.5);
  const auto text = metrics.text();
  CHECK_THAT(text, Catch::Contains("# HELP esteira_things_total Things."));
  CHECK_THAT(text, Catch::Contains("esteira_things_total{kind=\"red\"} 2"));
  CHECK_THAT(text, Catch::Contains("esteira_level 1.5"));
  CHECK_THAT(text, Catch::Contains("esteira_wait_seconds_bucket{le=\"2\"} 1"));
}

TEST_CASE("a second call with the same name and labels returns the same metric") {
  Metrics metrics;
  auto& first = metrics.counter("esteira_things_total", "Things.", {{"kind", "red"}});
  CHECK(&first == &metrics.counter("esteira_things_total", "Things.", {{"kind", "red"}}));
  CHECK(&first != &metrics.counter("esteira_things_total", "Things.", {{"kind", "blue"}}));
}

TEST_CASE("the histogram of orders ends at a day, as retries may take that long") {
  CHECK(long_latency_buckets().back() == 86'400);
  CHECK(std::ranges::is_sorted(long_latency_buckets(), std::ranges::less_equal()));
}
