#include "host/heartbeat.hpp"

#include <exception>

#include "runtime/logging/log.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/orders/workers/poison_candidates.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::host {

namespace {

constexpr std::chrono::seconds kReportInterval{5};
constexpr double kSuspicionSeconds = 24 * 3600;
constexpr std::size_t kMaxForgotten = 1000;

}  // namespace

Heartbeat::Heartbeat(const std::string& database_url, const StageOptions& options, const InFlight& in_flight)
    : in_flight_(in_flight),
      session_(database_url, "esteira-host attendance", runtime::orders::prepare_poison_candidates) {
  presence_.instance = runtime::random_uuid();
  presence_.exchange = options.exchange;
  presence_.stage = options.stage;
}

Heartbeat::~Heartbeat() { stop(); }

void Heartbeat::start() {
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
    } catch (const std::exception& error) {
      runtime::log::debug("attendance is not told", {{"error", error.what()}});
    }
  } while (!stopping_.wait_for(kReportInterval));
  try {
    runtime::orders::remove_heartbeat(session_, presence_.instance);
  } catch (const std::exception& error) {
    runtime::log::debug("attendance is not withdrawn", {{"error", error.what()}});
  }
}

void Heartbeat::report() {
  const auto holding = in_flight_.holding();
  presence_.in_flight = holding.messages;
  presence_.oldest_seconds = holding.oldest_seconds;
  runtime::orders::report_heartbeat(session_, presence_);
  runtime::orders::prune_poison_candidates(session_, kSuspicionSeconds, kMaxForgotten);
}

}  // namespace esteira::host
