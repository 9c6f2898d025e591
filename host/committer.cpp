#include "host/committer.hpp"

#include <exception>
#include <utility>

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/lifecycle/retry.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/postgres/error_kind.hpp"

namespace esteira::host {

namespace {

using runtime::orders::RecordedResult;
using runtime::orders::StageResult;
using runtime::postgres::Unavailable;

std::vector<const StageResult*> stage_results(const std::vector<JobResult>& batch) {
  std::vector<const StageResult*> results;
  results.reserve(batch.size());
  for (const auto& result : batch) results.push_back(&result.stage_result);
  return results;
}

std::vector<JobResult> batch_of(JobResult result) {
  std::vector<JobResult> batch;
  batch.push_back(std::move(result));
  return batch;
}

}  // namespace

Committer::Committer(const std::string& database_url, std::size_t batch_size, HostMetrics& metrics,
                     OnCommitted on_committed, OnStoreFailed on_store_failed)
    : metrics_(metrics),
      batch_size_(batch_size),
      on_committed_(std::move(on_committed)),
      on_store_failed_(std::move(on_store_failed)),
      session_(database_url, "esteira-host committer", runtime::orders::prepare_ledger),
      thread_([this] { run(); }) {}

Committer::~Committer() { stop(std::chrono::milliseconds(0)); }

void Committer::stop(std::chrono::milliseconds timeout) {
  queue_.close();
  if (!ended_.wait_for(timeout)) drain_timed_out_.set();
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  while (!drain_timed_out_.is_set()) {
    auto batch = queue_.pop(batch_size_);
    if (batch.empty()) break;
    commit(std::move(batch));
  }
  ended_.set();
}

void Committer::commit(std::vector<JobResult> batch) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<RecordedResult> recorded;
  try {
    if (!write(batch, recorded)) return;
  } catch (const std::exception& error) {
    commit_each(std::move(batch), runtime::postgres::first_line(error.what()));
    return;
  }
  runtime::crash_point("committed");
  metrics_.commits.observe(start, batch.size());
  on_committed_(batch, recorded);
}

bool Committer::write(const std::vector<JobResult>& batch, std::vector<RecordedResult>& recorded) {
  const auto results = stage_results(batch);
  return runtime::retry_until_done<Unavailable>(drain_timed_out_, outage_,
                                                [&] { recorded = runtime::orders::record_results(session_, results); });
}

/// One result that PostgreSQL rejects must not hinder the others of its batch.
void Committer::commit_each(std::vector<JobResult> batch, const std::string& error) {
  if (batch.size() == 1) return commit_as_failed(std::move(batch.front()), error);
  for (auto& result : batch) commit(batch_of(std::move(result)));
}

/// When not even the failure can be stored, the message must still be seen: it goes to the dead-letter queue. The audit
/// finds its order there, and a redrive repeats it.
void Committer::commit_as_failed(JobResult result, const std::string& error) {
  auto& failed = result.stage_result;
  runtime::log::error("PostgreSQL rejects the stage's result", {{"order_id", failed.order_id}, {"error", error}});
  if (failed.kind == StageResult::Kind::failed) {
    return on_store_failed_(result.job, failed.detail + " (this failure could not be stored: " + error + ")");
  }
  failed.kind = StageResult::Kind::failed;
  failed.schedule.reset();
  failed.detail = "the stage's result could not be stored";
  failed.routing_key.clear();
  commit(batch_of(std::move(result)));
}

}  // namespace esteira::host
