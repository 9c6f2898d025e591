#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace esteira::test {

/// mock_provider.py as a process: payments and shipments with a ledger of its own. One thread at a time.
class MockProvider {
 public:
  /// `options` are those of its command line. Returns when it listens.
  explicit MockProvider(std::vector<std::string> options = {});

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] nlohmann::json ledger() const;

  void kill();    ///< SIGKILL. Its ledger is lost, unless `options` name a file for it.
  void start();   ///< after `kill`, at the same address
  void freeze();  ///< SIGSTOP: connections stay open, and the kernel accepts new ones
  void thaw();
  /// From now on a fault hits this share of the requests. `kinds` are those of mock_provider.py.
  void set_faults(double share, const std::vector<std::string>& kinds) const;

 private:
  /// Whether it listens at `port`. Ends the process when it does not.
  bool listen(std::uint16_t port);

  const std::vector<std::string> options_;
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
};

/// The sum of the member "cents" of an array of charges or refunds.
std::int64_t sum_of_cents(const nlohmann::json& entries);

}  // namespace esteira::test
