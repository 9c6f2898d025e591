#include "bench/load/latencies.hpp"

#include <catch2/catch.hpp>

namespace {

using esteira::bench::Latencies;
using std::chrono::milliseconds;

Latencies one_to(int last) {
  Latencies latencies;
  for (int i = last; i >= 1; --i) latencies.add(milliseconds(i));
  return latencies;
}

}  // namespace

TEST_CASE("a percentile is the smallest time that its share of the requests did not exceed") {
  auto latencies = one_to(200);
  CHECK(latencies.quantile(0.5) == milliseconds(100));
  CHECK(latencies.quantile(0.99) == milliseconds(198));
  CHECK(latencies.quantile(1) == milliseconds(200));
  CHECK(latencies.quantile(0) == milliseconds(1));
}

TEST_CASE("with one request every percentile is its time") {
  auto latencies = one_to(1);
  CHECK(latencies.quantile(0.01) == milliseconds(1));
  CHECK(latencies.quantile(0.99) == milliseconds(1));
}

TEST_CASE("a time added after a percentile was read counts in the next one") {
  auto latencies = one_to(3);
  CHECK(latencies.quantile(0.5) == milliseconds(2));
  latencies.add(milliseconds(1));
  CHECK(latencies.quantile(0.5) == milliseconds(1));
}

TEST_CASE("without requests no percentile is reported") {
  Latencies latencies;
  nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
  latencies.report("post", metrics);
  CHECK(metrics.empty());
}

TEST_CASE("percentiles are reported in milliseconds") {
  auto latencies = one_to(200);
  nlohmann::ordered_json metrics;
  latencies.report("post", metrics);
  CHECK(metrics == nlohmann::ordered_json{{"post_p50_ms", 100.0}, {"post_p99_ms", 198.0}, {"post_max_ms", 200.0}});
}
