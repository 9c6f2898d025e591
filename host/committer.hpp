#pragma once
#include <atomic>
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

/// Writes what handlers came to, many in one transaction: it takes whatever is there and waits for no one, so the batch
/// grows just as fast as commits are slow. While PostgreSQL is away it tries again, and what waits stays bounded by the
/// prefetch.
class Committer {
 public:
  /// What was committed, in order. On the committer's thread.
  using OnCommitted = std::function<void(const std::vector<JobResult>& batch,
                                         const std::vector<runtime::orders::RecordedResult>& applied)>;

  /// A failure that PostgreSQL refuses to store for good, and the reason to give. On the committer's thread.
  using OnRefused = std::function<void(const JobPtr& job, const std::string& reason)>;

  Committer(const std::string& database_url, std::size_t batch_size, HostMetrics& metrics, OnCommitted on_committed,
            OnRefused on_refused);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Thread-safe, does not wait.
  void submit(JobResult result) { queue_.push(std::move(result)); }

  /// Takes nothing new, writes what it has, at most `timeout` when PostgreSQL does not answer; what is left then is
  /// left to the broker.
  void stop(std::chrono::milliseconds timeout);

  /// Whether the last commit worked. Thread-safe.
  [[nodiscard]] bool healthy() const { return healthy_; }

 private:
  void run();
  /// False when it was stopped first.
  bool write(std::vector<JobResult>& batch, std::vector<runtime::orders::RecordedResult>& applied);
  std::vector<runtime::orders::RecordedResult> apply(const std::vector<JobResult>& batch);
  void commit(std::vector<JobResult> batch);
  void commit_each(std::vector<JobResult> batch, const std::string& error);
  void commit_as_failed(JobResult result, const std::string& error);

  HostMetrics& metrics_;
  const std::size_t batch_size_;
  const OnCommitted on_committed_;
  const OnRefused on_refused_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"commits wait for PostgreSQL", "commits work again"};
  runtime::BatchQueue<JobResult> queue_;
  runtime::StopFlag give_up_;
  runtime::StopFlag ended_;
  std::atomic<bool> healthy_{true};
  std::thread thread_;
};

}  // namespace esteira::host
