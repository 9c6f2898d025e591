#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace esteira::test {

/// Debian's Prometheus, which scrapes programs every second and evaluates compose/rules.yaml. The targets have the
/// label `namespace` with the value "shop" and a label `pod`, as on Kubernetes.
class Prometheus {
 public:
  /// `targets` are ports by pod. Waits until it answers; throws with its output when it does not.
  explicit Prometheus(const std::map<std::string, std::uint16_t>& targets);
  ~Prometheus();
  Prometheus(const Prometheus&) = delete;
  Prometheus& operator=(const Prometheus&) = delete;

  /// The values of an instant query, also NaN. Throws with Prometheus's error when the query is invalid.
  std::vector<double> query(const std::string& expression);
  /// The expression of an alert.
  std::string expression_of(const std::string& alert);
  /// The rules that could not be evaluated, with their errors. Rules that were not evaluated yet are among them.
  std::vector<std::string> failing_rules();
  /// The names of all metrics.
  std::vector<std::string> metrics();

 private:
  [[nodiscard]] std::uint16_t logged_port() const;
  /// The member "data" of the answer.
  nlohmann::json get(const std::string& path, const std::string& parameter = "");
  std::vector<nlohmann::json> rules();

  const std::filesystem::path directory_;
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace esteira::test
