#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "host/host_metrics.hpp"
#include "host/job.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Writes job results to PostgreSQL, many in one transaction. It takes all results that wait and never waits to fill a
/// batch: batches grow while commits are slow. Has a thread and a connection of its own.
/// While PostgreSQL is unavailable, or refuses the statement for a reason that is not in its rows, it retries; the
/// prefetch bounds how many results wait meanwhile. When PostgreSQL rejects the rows of a batch, each result is written
/// alone. A result that is rejected alone is replaced by a failure of the order.
class Committer {
 public:
  /// A committed batch, and what was recorded for each of its results, in the same order.
  using OnCommitted = std::function<void(const std::vector<JobResult>& batch,
                                         const std::vector<runtime::orders::RecordedResult>& recorded)>;
  /// A job whose failure PostgreSQL rejects too, with the reason.
  using OnStoreFailed = std::function<void(const JobPtr& job, const std::string& reason)>;

  /// Both callbacks run on the committer's thread.
  Committer(const std::string& database_url, std::size_t batch_size, HostMetrics& metrics, OnCommitted on_committed,
            OnStoreFailed on_store_failed);
  ~Committer();  ///< stops with no timeout
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Thread-safe, does not wait.
  void submit(JobResult result) { queue_.push(std::move(result)); }

  /// Takes no further result and writes those that wait. When that takes longer than `timeout`, because PostgreSQL is
  /// unavailable, the rest is left to the broker.
  void stop(std::chrono::milliseconds timeout);

  /// Why results wait for PostgreSQL, in a line. Empty when they do not. Thread-safe.
  [[nodiscard]] std::string unready_reason() const { return outage_.reason(); }

 private:
  void run();
  void commit(std::vector<JobResult> batch);
  /// False when the drain timed out first.
  bool write(const std::vector<JobResult>& batch, std::vector<runtime::orders::RecordedResult>& recorded);
  void commit_each(std::vector<JobResult> batch, const std::string& error);
  void commit_as_failed(JobResult result, const std::string& error);

  HostMetrics& metrics_;
  const std::size_t batch_size_;
  const OnCommitted on_committed_;
  const OnStoreFailed on_store_failed_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"commits wait for PostgreSQL", "commits work again"};
  runtime::BatchQueue<JobResult> queue_;
  runtime::StopFlag drain_timed_out_;  ///< ends the retries
  runtime::StopFlag ended_;            ///< the thread has nothing left to write
  std::thread thread_;
};

}  // namespace esteira::host
