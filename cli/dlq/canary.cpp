#include "cli/dlq/canary.hpp"

#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/orders/store/ledger.hpp"

namespace esteira::cli {

namespace orders = runtime::orders;

std::string Canary::wait(runtime::postgres::Session& database) {
  constexpr std::chrono::milliseconds kPauseBetweenReads{200};
  const runtime::StopFlag never;
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  while (true) {
    const auto status = read_status(database);
    if (!status.failure.empty()) return status.failure;
    if (status.passed == letters_.size()) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return std::to_string(letters_.size() - status.passed) + " of " + std::to_string(letters_.size()) +
             " orders have not passed their stage within " + std::to_string(timeout_.count()) +
             " ms (see --canary-timeout)";
    }
    never.wait_for(kPauseBetweenReads);
  }
}

Canary::CanaryStatus Canary::read_status(runtime::postgres::Session& database) const {
  CanaryStatus status;
  for (const auto& letter : letters_) {
    const auto result =
        orders::find_terminal_results(database, letter.stage, {{letter.order_id, letter.redrive + 1}}).at(0);
    if (!result) continue;
    // An order that is cancelled on request says nothing about the cause of its failure.
    if (result->kind != orders::StageResult::Kind::failed) {
      ++status.passed;
    } else {
      status.failure = "order " + letter.order_id + " failed again in " + letter.stage + ": " + result->detail;
    }
  }
  return status;
}

}  // namespace esteira::cli
