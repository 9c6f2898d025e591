// What a real Prometheus makes of the programs: dashboards and alerts.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <fstream>

#include "tests/e2e/pipeline.hpp"
#include "tests/e2e/prometheus.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/wait.hpp"

using esteira::test::Pipeline;
using esteira::test::Prometheus;
using esteira::test::wait_until;
using nlohmann::json;

namespace {

constexpr std::chrono::seconds kSeen{40};

std::map<std::string, std::uint16_t> targets_of(const Pipeline& pipeline) {
  std::map<std::string, std::uint16_t> targets;
  for (const auto& name : Pipeline::names()) targets[name] = pipeline.port(name);
  return targets;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The queries of a dashboard by panel, as Grafana sends them for one stage.
std::multimap<std::string, std::string> queries_of(const std::string& dashboard, const std::string& stage) {
  std::ifstream file(esteira::test::source_dir() / "k8s" / "components" / "dashboards" / dashboard);
  std::multimap<std::string, std::string> queries;
  const auto content = json::parse(file);
  for (const auto& panel : content.at("panels")) {
    if (!panel.contains("targets")) continue;
    for (const auto& target : panel.at("targets")) {
      auto query = replace_all(target.at("expr"), "$__rate_interval", "10s");
      query = replace_all(replace_all(query, "$namespace", "shop"), "$stage", stage);
      queries.emplace(panel.at("title"), query);
    }
  }
  return queries;
}

/// The queries that have no number yet.
std::string without_data(Prometheus& prometheus, const std::multimap<std::string, std::string>& queries) {
  std::string missing;
  for (const auto& [panel, query] : queries) {
    const auto values = prometheus.query(query);
    const bool has_number = std::ranges::any_of(values, [](double value) { return !std::isnan(value); });
    if (!has_number) missing.append(panel).append(": ").append(query).append("\n");
  }
  return missing;
}

/// Metric names of a golden file, as Prometheus stores them.
std::vector<std::string> golden_metrics(const std::string& name) {
  std::ifstream file(esteira::test::source_dir() / "tests" / "e2e" / "golden" / name);
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) {
    const auto metric = line.substr(0, line.find(' '));
    names.push_back(line.find(" histogram") == std::string::npos ? metric : metric + "_bucket");
  }
  return names;
}

bool is_seen(Prometheus& prometheus, const std::string& alert) {
  const auto expression = prometheus.expression_of(alert);
  return wait_until([&] { return !prometheus.query(expression).empty(); }, kSeen);
}

}  // namespace

TEST_CASE("every query of the dashboards has data while orders run, and every rule is evaluated") {
  Pipeline pipeline;
  Prometheus prometheus(targets_of(pipeline));
  auto queries = queries_of("line.json", "enrich");
  // The stage that completes orders has data in every panel.
  queries.merge(queries_of("stage.json", "finalize"));
  REQUIRE(queries.size() > 40);
  std::string missing;
  wait_until(
      [&] {
        for (int i = 0; i < 50; ++i) pipeline.place();
        missing = without_data(prometheus, queries);
        return missing.empty();
      },
      kSeen);
  if (!missing.empty()) FAIL_CHECK("no data: " << missing);
  CHECK(prometheus.failing_rules().empty());
  const auto metrics = prometheus.metrics();
  for (const auto* file : {"api_metrics.txt", "host_metrics.txt"}) {
    for (const auto& metric : golden_metrics(file)) {
      INFO(metric);
      CHECK(std::ranges::find(metrics, metric) != metrics.end());
    }
  }
}

TEST_CASE("the alerts see a dead letter and a stage that has work and no host") {
  Pipeline pipeline;
  Prometheus prometheus(targets_of(pipeline));
  REQUIRE(pipeline.reaches(pipeline.place(), "completed"));
  REQUIRE(wait_until([&] { return prometheus.query("esteira_stage_hosts == 1").size() == 3; }, kSeen));
  REQUIRE(wait_until([&] { return prometheus.failing_rules().empty(); }, kSeen));
  for (const auto* alert :
       {"EsteiraDeadLetters", "EsteiraStageWithoutHosts", "EsteiraStagesNotMeasured", "EsteiraApiAbsent"}) {
    INFO(alert);
    CHECK(prometheus.query(prometheus.expression_of(alert)).empty());
  }
  REQUIRE(pipeline.reaches(pipeline.place({"FAIL-ALWAYS"}), "failed"));
  CHECK(is_seen(prometheus, "EsteiraDeadLetters"));
  pipeline.program("enrich").signal(SIGTERM);
  REQUIRE(pipeline.program("enrich").wait() == 0);
  pipeline.place();
  CHECK(is_seen(prometheus, "EsteiraStageWithoutHosts"));
}
