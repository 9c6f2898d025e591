#include <catch2/catch.hpp>
#include <sstream>

#include "bench/report/results.hpp"

namespace {

using esteira::bench::Json;

Json point(double median, double min, double max) {
  return {{"runs", 3}, {"metrics", {{"orders_per_s", {{"median", median}, {"min", min}, {"max", max}}}}}};
}

Json document(const std::string& name, const Json& of_point) {
  return {{"settings", Json::object()}, {"points", {{name, of_point}}}};
}

}  // namespace

TEST_CASE("measurements of one point become median, min and max") {
  std::istringstream lines(R"({"point":"p","metrics":{"x":5}}
{"point":"q","metrics":{"x":1}}
{"point":"p","metrics":{"x":1}}
{"point":"p","metrics":{"x":3}}
{"point":"q","metrics":{"x":2}})");
  const auto summary = esteira::bench::summarize(lines);
  CHECK(summary.at("p") == Json::parse(R"({"runs":3,"metrics":{"x":{"median":3.0,"min":1.0,"max":5.0}}})"));
  CHECK(summary.at("q").at("metrics").at("x").at("median") == 1.5);
}

TEST_CASE("a comparison gives the second result as a multiple of the first") {
  const auto text = esteira::bench::compare(document("p", point(200, 190, 210)), document("p", point(300, 290, 310)));
  CHECK(text.find(" 1.50 ") != std::string::npos);
  CHECK(text.find("overlap") == std::string::npos);
}

TEST_CASE("a change within the noise of the runs is marked") {
  const auto text = esteira::bench::compare(document("p", point(200, 150, 250)), document("p", point(240, 200, 300)));
  CHECK(text.find("overlap") != std::string::npos);
}

TEST_CASE("a metric that was zero has no ratio") {
  const auto text = esteira::bench::compare(document("p", point(0, 0, 0)), document("p", point(3, 3, 3)));
  CHECK(text.find("inf") == std::string::npos);
  CHECK(text.find(" - ") != std::string::npos);
}

TEST_CASE("comparing results without a common point reports that") {
  const auto text = esteira::bench::compare(document("p", point(1, 1, 1)), document("q", point(1, 1, 1)));
  CHECK(text == "The two results have no point in common.\n");
}

TEST_CASE("the product is compared with the ceilings whose batch size equals its connections") {
  auto measured = document("throughput/32 connections", point(2000, 1, 1));
  measured["points"]["ceilings/rabbitmq, batches of 32"] = point(8000, 1, 1);
  measured["points"]["ceilings/rabbitmq, batches of 256"] = point(16000, 1, 1);
  const auto shares = esteira::bench::ceiling_shares(measured);
  CHECK(shares.find("0.25") != std::string::npos);
  CHECK(shares.find("postgresql") == std::string::npos);
  CHECK(esteira::bench::ceiling_shares(document("throughput/32 connections", point(1, 1, 1))).empty());
}

TEST_CASE("a hop of checkout is compared with one of the default workflow under the same load") {
  const auto workflow = [](double hops, double hosts, double postgresql) {
    Json metrics;
    const auto add = [&metrics](const char* name, double value) { metrics[name] = {{"median", value}}; };
    add("orders_per_s", 1000);
    add("cpu_hosts_ms_per_order", hosts);
    add("cpu_postgresql_ms_per_order", postgresql);
    add("cpu_driver_ms_per_order", 900);
    add("hops_per_order", hops);
    return Json{{"runs", 1}, {"metrics", metrics}};
  };
  auto measured = document("checkout/default, backlog", workflow(3, 3, 6));
  CHECK(esteira::bench::hop_costs(measured).empty());
  measured["points"]["checkout/checkout, backlog"] = workflow(4, 6, 4);
  const auto costs = esteira::bench::hop_costs(measured);
  const auto line_of = [&costs](const std::string& name) {
    const auto begin = costs.find(name);
    REQUIRE(begin != std::string::npos);
    return costs.substr(begin, costs.find('\n', begin) - begin);
  };
  CHECK(line_of("CPU of hosts").ends_with(" 1.50"));
  CHECK(line_of("CPU of postgresql").ends_with(" 0.5000"));
  CHECK(line_of("CPU in all").ends_with(" 0.8333"));
  CHECK(costs.find("driver") == std::string::npos);
}
