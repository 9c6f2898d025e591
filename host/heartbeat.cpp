#include "host/heartbeat.hpp"

#include <exception>

#include "runtime/logging/log.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/orders/workers/poison_candidates.hpp"

namespace esteira::host {

namespace {

/// Other hosts take this one for dead when it misses four of them (owner_watch.hpp).
constexpr std::chrono::seconds kReportInterval{2};
constexpr std::chrono::minutes kPruneInterval{1};
constexpr double kMaxCrashRecordAgeSeconds = 24 * 3600;
constexpr std::size_t kMaxPrunedRows = 1000;

void prepare_statements(pqxx::connection& connection) {
  // A heartbeat that waits for a standby would make a living host look dead. The next one makes up for one that a
  // failover loses.
  pqxx::nontransaction(connection).exec("set synchronous_commit = local");
  runtime::orders::prepare_ledger(connection);
  runtime::orders::prepare_poison_candidates(connection);
}

}  // namespace

Heartbeat::Heartbeat(const std::string& database_url, StageRegistration& registration, const InFlight& in_flight,
                     CircuitBreaker& breaker)
    : registration_(registration),
      in_flight_(in_flight),
      breaker_(breaker),
      session_(database_url, "esteira-host heartbeat", prepare_statements) {}

Heartbeat::~Heartbeat() { stop(); }

void Heartbeat::start() {
  outage_.await_first("no heartbeat has been written yet");
  thread_ = std::thread([this] { run(); });
}

void Heartbeat::stop() {
  stopping_.set();
  if (thread_.joinable()) thread_.join();
}

void Heartbeat::run() {
  do {
    try {
      report();
      outage_.recovered();
    } catch (const std::exception& error) {
      outage_.failed(error.what());
    }
  } while (!stopping_.wait_for(kReportInterval));
  try {
    registration_.end(session_);
  } catch (const std::exception& error) {
    runtime::log::debug("the heartbeat cannot be removed", {{"error", error.what()}});
  }
}

void Heartbeat::report() {
  // First, because other hosts take this one for dead without it.
  registration_.renew(session_, in_flight_.totals(), name_of(breaker_.state()));
  registration_.follow_pause(session_, breaker_);
  runtime::orders::rehearse_results(session_);
  commit_waits_.check(session_);
  if (std::chrono::steady_clock::now() < next_prune_) return;
  next_prune_ = std::chrono::steady_clock::now() + kPruneInterval;
  runtime::orders::prune_poison_candidates(session_, kMaxCrashRecordAgeSeconds, kMaxPrunedRows);
}

}  // namespace esteira::host
