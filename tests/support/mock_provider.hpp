#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace esteira::test {

/// mock_provider.py as a process: payments and shipments with a ledger of its own.
class MockProvider {
 public:
  /// `options` are those of its command line. Returns when it listens.
  explicit MockProvider(std::vector<std::string> options = {});

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] nlohmann::json ledger() const;

 private:
  Process process_;
  std::uint16_t port_ = 0;
};

/// The sum of the member "cents" of an array of charges or refunds.
std::int64_t sum_of_cents(const nlohmann::json& entries);

}  // namespace esteira::test
