#include "tests/e2e/prometheus.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

namespace {

using nlohmann::json;

constexpr const char* kPrometheus = "/usr/bin/prometheus";
constexpr const char* kCurl = "/usr/bin/curl";
constexpr std::chrono::seconds kStart{30};

/// YAML is a superset of JSON.
json configuration(const std::map<std::string, std::uint16_t>& targets) {
  json groups = json::array();
  for (const auto& [pod, port] : targets) {
    groups.push_back(
        {{"targets", {"127.0.0.1:" + std::to_string(port)}}, {"labels", {{"namespace", "shop"}, {"pod", pod}}}});
  }
  return {{"global", {{"scrape_interval", "1s"}, {"scrape_timeout", "1s"}, {"evaluation_interval", "1s"}}},
          {"rule_files", {(source_dir() / "compose" / "rules.yaml").string()}},
          {"scrape_configs", {{{"job_name", "esteira"}, {"static_configs", std::move(groups)}}}}};
}

}  // namespace

Prometheus::Prometheus(const std::map<std::string, std::uint16_t>& targets)
    : directory_(std::filesystem::temp_directory_path() / unique_name("prometheus")) {
  std::filesystem::create_directories(directory_);
  const auto file = directory_ / "prometheus.json";
  std::ofstream(file) << configuration(targets);
  process_ = std::make_unique<Process>(kPrometheus,
                                       std::vector<std::string>{"--config.file=" + file.string(),
                                                                "--storage.tsdb.path=" + (directory_ / "data").string(),
                                                                "--web.listen-address=127.0.0.1:0"},
                                       std::map<std::string, std::string>{});
  const bool answers = wait_until(
      [&] {
        port_ = logged_port();
        return port_ != 0 && process_->output().find("Server is ready") != std::string::npos;
      },
      kStart);
  if (!answers) throw std::runtime_error("Prometheus does not answer: " + process_->output());
}

Prometheus::~Prometheus() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::uint16_t Prometheus::logged_port() const {
  constexpr std::string_view kAddress = "msg=\"Listening on\" address=127.0.0.1:";
  const auto output = process_->output();
  const auto found = output.find(kAddress);
  if (found == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::strtoul(output.c_str() + found + kAddress.size(), nullptr, 10));
}

/// By curl, because Prometheus answers in chunks.
json Prometheus::get(const std::string& path, const std::string& parameter) {
  std::vector<std::string> arguments{"-sS", "--get", "--max-time", "10",
                                     "http://127.0.0.1:" + std::to_string(port_) + "/api/v1/" + path};
  if (!parameter.empty()) arguments.insert(arguments.end(), {"--data-urlencode", parameter});
  Process curl(kCurl, arguments, {});
  curl.wait();
  const auto answer = json::parse(curl.output());
  if (answer.at("status") != "success") throw std::runtime_error(parameter + ": " + answer.dump());
  return answer.at("data");
}

std::vector<double> Prometheus::query(const std::string& expression) {
  std::vector<double> values;
  const auto data = get("query", "query=" + expression);
  const auto& results = data.at("result");
  values.reserve(results.size());
  for (const auto& result : results) {
    values.push_back(std::strtod(result.at("value").at(1).get<std::string>().c_str(), nullptr));
  }
  return values;
}

std::vector<json> Prometheus::rules() {
  std::vector<json> rules;
  const auto data = get("rules");
  for (const auto& group : data.at("groups")) {
    rules.insert(rules.end(), group.at("rules").begin(), group.at("rules").end());
  }
  return rules;
}

std::string Prometheus::expression_of(const std::string& alert) {
  for (const auto& rule : rules()) {
    if (rule.at("type") == "alerting" && rule.at("name") == alert) return rule.at("query");
  }
  throw std::runtime_error("there is no alert " + alert);
}

std::vector<std::string> Prometheus::failing_rules() {
  std::vector<std::string> failing;
  for (const auto& rule : rules()) {
    if (rule.at("health") == "ok") continue;
    failing.push_back(rule.at("name").get<std::string>().append(": ").append(rule.value("lastError", "not evaluated")));
  }
  return failing;
}

std::vector<std::string> Prometheus::metrics() { return get("label/__name__/values"); }

}  // namespace esteira::test
