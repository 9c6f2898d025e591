#include "api/database_probe.hpp"

#include <utility>

#include "runtime/logging/log.hpp"
#include "runtime/orders/store/order_reader.hpp"
#include "runtime/orders/store/order_store.hpp"
#include "runtime/postgres/migrations.hpp"

namespace esteira::api {

namespace {

using runtime::postgres::Refused;
using runtime::postgres::Unavailable;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kProbeInterval{1000};
/// Refusals that no probe confirms must not make one probe follow the other.
constexpr milliseconds kMinInterval{200};
/// How often the probe stores an order though nothing failed: a full disk is noticed without a client, too.
constexpr seconds kRowsInterval{60};
/// An older probe hangs, and counts as one that failed.
constexpr seconds kMaxProbeAge{15};

void prepare_probe(pqxx::connection& connection) {
  runtime::orders::prepare_order_store(connection);
  runtime::orders::prepare_reader(connection);
}

/// For /readyz, which anyone may read: the texts of libpq name hosts and users.
std::string public_text(const char* failed, const Unavailable& error) {
  const bool is_refusal = dynamic_cast<const Refused*>(&error) != nullptr;
  return is_refusal ? std::string(failed) + ": " + error.what() : "no connection to PostgreSQL; the log tells why";
}

}  // namespace

DatabaseProbe::DatabaseProbe(const std::string& database_url, CircuitBreaker& breaker)
    : breaker_(breaker), session_(database_url, "esteira-api probe", prepare_probe) {}

DatabaseProbe::~DatabaseProbe() { stop(); }

void DatabaseProbe::start() {
  thread_ = std::thread([this] { run(); });
}

void DatabaseProbe::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DatabaseProbe::request() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(requested_, true)) return;
  }
  changed_.notify_all();
}

bool DatabaseProbe::is_writable() const {
  const std::lock_guard lock(mutex_);
  return write_reason_.empty();
}

std::string DatabaseProbe::unready_reason() const {
  const std::lock_guard lock(mutex_);
  if (Clock::now() - last_probe_ > kMaxProbeAge) return "PostgreSQL does not answer";
  return write_reason_.empty() ? read_reason_ : write_reason_;
}

void DatabaseProbe::report(std::string& reason, std::string text) {
  const std::lock_guard lock(mutex_);
  reason = std::move(text);
  last_probe_ = Clock::now();
}

void DatabaseProbe::run() {
  do {
    probe(needs_rows());
  } while (await_next());
}

/// False when it was stopped.
bool DatabaseProbe::await_next() {
  std::unique_lock lock(mutex_);
  const auto stopped = [this] { return stopping_; };
  if (changed_.wait_for(lock, kMinInterval, stopped)) return false;
  changed_.wait_for(lock, kProbeInterval - kMinInterval, [this] { return stopping_ || requested_; });
  return !stopping_;
}

bool DatabaseProbe::needs_rows() {
  const std::lock_guard lock(mutex_);
  const bool due = Clock::now() >= next_rows_;
  if (due) next_rows_ = Clock::now() + kRowsInterval;
  return std::exchange(requested_, false) || due || breaker_.is_open();
}

void DatabaseProbe::probe(bool with_rows) {
  try {
    auto missing = runtime::postgres::missing_schema(session_);
    if (missing.empty()) {
      probe_writing(with_rows);
      probe_reading();
    } else {
      breaker_.open(missing);
      report(write_reason_, std::move(missing));
    }
  } catch (const Unavailable& error) {
    breaker_.open(error.what());
    report(write_reason_, public_text("the schema cannot be read", error));
  } catch (const std::exception& error) {
    // Not known to be the database's fault: the requests find out for themselves.
    runtime::log::error("the probe of the database failed", {{"error", error.what()}});
    report(write_reason_, "the probe of the database failed; see the log");
  }
}

void DatabaseProbe::probe_writing(bool with_rows) {
  try {
    runtime::orders::rehearse_store(session_, with_rows);
    commit_waits_.check(session_);
    breaker_.close();
    report(write_reason_, {});
  } catch (const Unavailable& error) {
    breaker_.open(error.what());
    report(write_reason_, public_text("orders cannot be stored", error));
  }
}

void DatabaseProbe::probe_reading() {
  try {
    runtime::orders::read_orders(session_, {}, runtime::orders::TerminalCheck::run);
    read_outage_.recovered();
    report(read_reason_, {});
  } catch (const Unavailable& error) {
    read_outage_.failed(error.what());
    report(read_reason_, public_text("orders cannot be read", error));
  }
}

}  // namespace esteira::api
