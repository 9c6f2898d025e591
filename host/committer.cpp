#include "host/committer.hpp"

#include <exception>
#include <utility>

#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/postgres/error_kind.hpp"

namespace esteira::host {

namespace {

using runtime::orders::RecordedResult;
using runtime::orders::StageResult;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Committer::Committer(const std::string& database_url, std::size_t batch_size, HostMetrics& metrics,
                     OnCommitted on_committed, OnRefused on_refused)
    : metrics_(metrics),
      batch_size_(batch_size),
      on_committed_(std::move(on_committed)),
      on_refused_(std::move(on_refused)),
      session_(database_url, "esteira-host committer", runtime::orders::prepare_ledger),
      thread_([this] { run(); }) {}

Committer::~Committer() { stop(std::chrono::milliseconds(0)); }

void Committer::stop(std::chrono::milliseconds timeout) {
  queue_.close();
  if (!ended_.wait_for(timeout)) give_up_.set();
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  while (!give_up_.is_set()) {
    auto batch = queue_.pop(batch_size_);
    if (batch.empty()) break;
    commit(std::move(batch));
  }
  ended_.set();
}

void Committer::commit(std::vector<JobResult> batch) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<RecordedResult> applied;
  try {
    if (!write(batch, applied)) return;
  } catch (const std::exception& error) {
    commit_each(std::move(batch), runtime::postgres::first_line(error.what()));
    return;
  }
  runtime::crash_point("committed");
  metrics_.commit_seconds.Observe(seconds_since(start));
  metrics_.commit_batch_size.Observe(static_cast<double>(batch.size()));
  on_committed_(batch, applied);
}

/// PostgreSQL refused something of the batch for good: one by one, so that only the offender is touched by it.
void Committer::commit_each(std::vector<JobResult> batch, const std::string& error) {
  if (batch.size() == 1) return commit_as_failed(std::move(batch.front()), error);
  for (auto& result : batch) {
    std::vector<JobResult> one;
    one.push_back(std::move(result));
    commit(std::move(one));
  }
}

/// An offender becomes a failed order with the reason. One that cannot even be that must not stay here unseen: its
/// message goes to where the dead letters are, from which the audit and a redrive bring the order back.
void Committer::commit_as_failed(JobResult result, const std::string& error) {
  auto& effect = result.effect;
  runtime::log::error("the outcome cannot be stored", {{"order_id", effect.order_id}, {"error", error}});
  if (effect.kind == StageResult::Kind::failed) {
    return on_refused_(result.job, effect.detail + " (nor could this be stored: " + error + ")");
  }
  effect.kind = StageResult::Kind::failed;
  effect.detail = "the stage's outcome could not be stored";
  std::vector<JobResult> one;
  one.push_back(std::move(result));
  commit(std::move(one));
}

bool Committer::write(std::vector<JobResult>& batch, std::vector<RecordedResult>& applied) {
  runtime::Backoff backoff(std::chrono::milliseconds(50), std::chrono::milliseconds(2000));
  while (true) {
    try {
      applied = apply(batch);
      healthy_ = true;
      outage_.recovered();
      return true;
    } catch (const runtime::postgres::Unavailable& error) {
      healthy_ = false;
      outage_.failed(error.what());
      if (give_up_.wait_for(backoff.next())) return false;
    }
  }
}

std::vector<RecordedResult> Committer::apply(const std::vector<JobResult>& batch) {
  std::vector<const StageResult*> effects;
  effects.reserve(batch.size());
  for (const auto& result : batch) effects.push_back(&result.effect);
  return runtime::orders::record_results(session_, effects);
}

}  // namespace esteira::host
