#include "cli/dlq/canary.hpp"

#include "runtime/orders/store/ledger.hpp"

namespace esteira::cli {

namespace orders = runtime::orders;

std::string Canary::watch(runtime::postgres::Session& session, DeadLetters& letters) {
  constexpr std::chrono::milliseconds kPauseBetweenLooks{200};
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  while (true) {
    const auto standing = look(session);
    if (!standing.failure.empty()) return standing.failure;
    if (standing.passed == letters_.size()) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return std::to_string(letters_.size() - standing.passed) + " of " + std::to_string(letters_.size()) +
             " orders have not passed their stage in time";
    }
    letters.pause(kPauseBetweenLooks);
  }
}

Canary::CanaryStatus Canary::look(runtime::postgres::Session& session) const {
  CanaryStatus standing;
  for (const auto& letter : letters_) {
    const auto ending =
        orders::find_terminal_results(session, letter.stage, {{letter.order_id, letter.redrive + 1}}).at(0);
    if (!ending) continue;
    if (ending->kind == orders::StageResult::Kind::done) {
      ++standing.passed;
    } else {
      standing.failure = "order " + letter.order_id + " failed again in " + letter.stage + ": " + ending->detail;
    }
  }
  return standing;
}

}  // namespace esteira::cli
