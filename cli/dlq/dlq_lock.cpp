#include "cli/dlq/dlq_lock.hpp"

#include <chrono>

#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::cli {
namespace {

constexpr const char* kTryLock = "select pg_try_advisory_lock(hashtext('esteira dead letters'))";
constexpr int kMaxAttempts = 50;
constexpr std::chrono::milliseconds kPauseBetweenAttempts{200};

}  // namespace

bool DlqLock::acquire() {
  const runtime::StopFlag never;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    bool acquired = false;
    session_.read([&](pqxx::transaction_base& work) { acquired = work.exec1(kTryLock)[0].as<bool>(); });
    if (acquired) return true;
    never.wait_for(kPauseBetweenAttempts);
  }
  return false;
}

}  // namespace esteira::cli
