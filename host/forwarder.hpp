#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/host_metrics.hpp"
#include "host/job.hpp"
#include "host/stage_options.hpp"
#include "runtime/amqp/message.hpp"

namespace esteira::host {

/// Turns what is committed into what is published: the next event, a retry, a dead letter. What stands in the database
/// decides, not what this host wanted: for an effect that had landed before, that one's event goes out again.
/// Publications bear the job's token; a job that needs none is finished at once. Thread-safe.
class Forwarder {
 public:
  using Publish = std::function<void(std::vector<runtime::amqp::Publication>)>;
  using Finish = std::function<void(const std::vector<std::uint64_t>& tokens)>;

  Forwarder(const StageOptions& options, HostMetrics& metrics, Publish publish, Finish finish);

  /// `applied` stands beside each result.
  void forward(const std::vector<JobResult>& batch, const std::vector<runtime::orders::RecordedResult>& applied);

  /// Jobs whose effect was found in the database before their handler ran.
  void forward_duplicates(const std::vector<std::pair<JobPtr, runtime::orders::TerminalResult>>& ended);

  /// A message that is not an order: to the dead-letter queue at once.
  void reject(const JobPtr& job, const std::string& reason);

  /// A message whose failure the database does not take: to the dead-letter queue, so that it is seen.
  void dead_letter_unstorable(const JobPtr& job, const std::string& reason);

 private:
  using Event = std::optional<runtime::amqp::Publication>;
  Event publication_for(const JobResult& result, const runtime::orders::RecordedResult& applied);
  Event publication_for_terminal(const JobPtr& job, const runtime::orders::TerminalResult& ending) const;
  [[nodiscard]] runtime::amqp::Publication next_event(const JobPtr& job,
                                                      const runtime::orders::TerminalResult& ending) const;
  [[nodiscard]] runtime::amqp::Publication retry(const JobResult& result) const;
  [[nodiscard]] runtime::amqp::Publication dead_letter(const JobPtr& job, const std::string& reason) const;
  void report(const JobResult& result, const runtime::orders::RecordedResult& applied);
  void send(std::vector<runtime::amqp::Publication> publications, const std::vector<std::uint64_t>& finished);

  const StageOptions& options_;
  HostMetrics& metrics_;
  const Publish publish_;
  const Finish finish_;
};

}  // namespace esteira::host
