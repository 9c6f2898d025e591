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

/// Publishes what follows from committed results: the next event, a retry or a dead letter. The event of a result that
/// cancelled its order is kCancelledEvent. Leaves jobs alone whose cancellation was not requested. Thread-safe.
/// The recorded result decides, not the one of this host: for a duplicate it publishes what the recorded result asks
/// for. A publication carries the token of its job, so that its confirm finishes the job. A job that needs no
/// publication is finished at once.
/// Each publication has a message_id of its own (runtime/orders/envelope/message_id.hpp); a dead letter keeps that of
/// its message.
class Forwarder {
 public:
  using Publish = std::function<void(std::vector<runtime::amqp::Publication> publications)>;
  using Finish = std::function<void(const std::vector<std::uint64_t>& tokens)>;
  using Duplicates = std::vector<std::pair<JobPtr, runtime::orders::TerminalResult>>;

  Forwarder(const StageOptions& options, HostMetrics& metrics, Publish publish, Finish finish);

  /// A committed batch, and what was recorded for each of its results, in the same order.
  void forward(const std::vector<JobResult>& batch, const std::vector<runtime::orders::RecordedResult>& recorded);

  /// Jobs whose results were recorded before, so that no handler ran for them.
  void forward_duplicates(const Duplicates& duplicates);

  /// A message whose body is not an order: sends it to the dead-letter queue.
  void dead_letter_malformed(const JobPtr& job, const std::string& reason);

  /// A message whose failure the database rejects: sends it to the dead-letter queue.
  void dead_letter_unstorable(const JobPtr& job, const std::string& reason);

 private:
  using OptionalPublication = std::optional<runtime::amqp::Publication>;
  /// A terminal result of this host or one that was recorded before. Refers to its texts.
  struct TerminalView {
    explicit TerminalView(const runtime::orders::StageResult& own) : TerminalView(own, /*is_event_optional=*/false) {}
    explicit TerminalView(const runtime::orders::TerminalResult& recorded)
        : TerminalView(recorded, recorded.is_optional) {}

    const runtime::orders::StageResult::Kind kind;
    const std::string& data;
    const std::string& routing_key;
    const std::optional<Money>& total;
    const std::string& detail;
    const bool is_optional;  ///< as in TerminalResult

   private:
    template <class Result>
    TerminalView(const Result& result, bool is_event_optional)
        : kind(result.kind),
          data(result.data),
          routing_key(result.routing_key),
          total(result.total),
          detail(result.detail),
          is_optional(is_event_optional) {}
  };
  [[nodiscard]] OptionalPublication publication_for(const JobResult& result,
                                                    const runtime::orders::RecordedResult& recorded) const;
  [[nodiscard]] OptionalPublication publication_for_terminal(const JobPtr& job, const TerminalView& result) const;
  [[nodiscard]] runtime::amqp::Publication next_event(const JobPtr& job, const TerminalView& result) const;
  [[nodiscard]] runtime::amqp::Publication refused_event(const JobPtr& job, const TerminalView& result) const;
  [[nodiscard]] runtime::amqp::Publication event(const JobPtr& job, const TerminalView& result,
                                                 const std::string& data) const;
  [[nodiscard]] runtime::amqp::Publication retry(const JobResult& result) const;
  [[nodiscard]] runtime::amqp::Publication dead_letter(const JobPtr& job, const std::string& reason) const;
  void report(const JobResult& result, const runtime::orders::RecordedResult& recorded);
  void send(std::vector<runtime::amqp::Publication> publications, const std::vector<std::uint64_t>& finished);

  const StageOptions& options_;
  HostMetrics& metrics_;
  const Publish publish_;
  const Finish finish_;
};

}  // namespace esteira::host
