#pragma once
#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/executor.hpp"
#include "host/host_metrics.hpp"
#include "host/job.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/orders/workers/poison_candidates.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::host {

/// Finds the message that crashes the host without blaming its neighbours. A message that came back without an outcome
/// is a suspect: it is marked in the database, run again, and cleared by its outcome. When the host crashes once more,
/// those that were marked come back in smaller groups which run with nothing beside them, and at last alone. What
/// crashes the host twice while it runs alone is given up; every other suspect has had its outcome by then.
/// What a stopping host let go of is no suspect.
class Quarantine {
 public:
  using OnPoison = std::function<void(JobPtr job, const std::string& reason)>;

  Quarantine(const std::string& database_url, std::string stage, std::chrono::milliseconds timeout, Executor& executor,
             HostMetrics& metrics, OnPoison on_poison);
  ~Quarantine();
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  /// A message delivered before, without an effect. Thread-safe, does not wait.
  void submit(JobPtr job) { queue_.push(std::move(job)); }

  /// Begins nothing more; what is here is left to the broker.
  void stop();

  /// After `stop`, with the executor stopped: tells the next host that these were let go of on purpose.
  void release(const std::vector<runtime::orders::RedriveKey>& held);

 private:
  /// Suspects that were begun together. `alive` ends when the last of their jobs is let go of, with its event on its
  /// way.
  struct Group {
    std::vector<runtime::orders::RedriveKey> keys;
    std::weak_ptr<const void> alive;
  };
  static constexpr std::array<std::size_t, 5> kGroupSizes{4096, 64, 8, 1, 1};

  void run();
  void sort(const std::vector<JobPtr>& jobs);
  void begin_next();
  Group begin(const std::vector<JobPtr>& jobs);
  void run_alone(const std::vector<JobPtr>& jobs);
  void clear_ended();
  void give_up_poison(JobPtr job, int runs);
  [[nodiscard]] bool is_waiting() const;
  void persist(const std::function<void()>& write);

  const std::string stage_;
  const std::chrono::milliseconds timeout_;
  Executor& executor_;
  HostMetrics& metrics_;
  const OnPoison on_poison_;
  runtime::postgres::Session session_;
  runtime::Outage outage_{"suspects wait for PostgreSQL", "suspects go on"};
  runtime::BatchQueue<JobPtr> queue_;
  runtime::StopFlag stopping_;
  std::array<std::deque<JobPtr>, kGroupSizes.size()> waiting_;  ///< by the runs they have had
  std::vector<Group> begun_;
  std::thread thread_;
};

}  // namespace esteira::host
