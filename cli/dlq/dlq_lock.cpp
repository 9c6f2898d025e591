#include "cli/dlq/dlq_lock.hpp"

#include <chrono>

#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::cli {
namespace {

constexpr const char* kTryShared = "select pg_try_advisory_lock_shared(hashtext('esteira dead letters'))";
constexpr const char* kTryAlone = "select pg_try_advisory_lock(hashtext('esteira dead letters'))";
constexpr int kTries = 50;
constexpr std::chrono::milliseconds kPauseBetweenTries{200};

}  // namespace

DlqLock::DlqLock(const std::string& database_url, Mode mode)
    : mode_(mode), session_(database_url, "esteira dead letters") {}

bool DlqLock::acquire() {
  const runtime::StopFlag never;
  for (int tries = 0; tries < kTries; ++tries) {
    bool taken = false;
    session_.read([&](pqxx::transaction_base& work) {
      taken = work.exec1(mode_ == Mode::shared ? kTryShared : kTryAlone)[0].as<bool>();
    });
    if (taken) return true;
    never.wait_for(kPauseBetweenTries);
  }
  return false;
}

}  // namespace esteira::cli
