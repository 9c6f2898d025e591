#pragma once
#include <chrono>
#include <cstddef>
#include <string>

#include "cli/dlq/canary.hpp"
#include "cli/dlq/dlq_session.hpp"
#include "cli/dlq/dlq_summary.hpp"
#include "cli/dlq/redrive_relay.hpp"

namespace esteira::cli {

/// One redrive: of the failed orders that match, then of the messages that belong to none. In between it puts the
/// dead-letter queues in order, so that messages in them that no host could record are redriven as well. One thread.
class RedriveRun {
 public:
  struct Options {
    runtime::orders::DeadLetterFilter filter;
    std::size_t limit = 0;   ///< dead letters at most
    std::size_t canary = 0;  ///< the size of the canary; 0: none
    std::chrono::milliseconds canary_timeout{0};
    std::size_t rate = 0;  ///< dead letters a second; 0: no limit
  };

  /// A dead letter that appears later is not redriven. `session` must outlive this. Throws Unavailable.
  RedriveRun(DlqSession& session, Options options);

  /// The number of dead letters that match. Throws Unavailable.
  std::size_t count();
  /// Returns why the canary failed, or an empty text. To be called once. Throws Unavailable, BrokerError and
  /// UsageError.
  std::string run();
  [[nodiscard]] const DlqSummary& summary() const { return summary_; }

 private:
  using Cursor = runtime::orders::DeadLetterCursor;
  using Record = runtime::orders::DeadLetterRecord;
  std::string redrive_failed_orders();
  std::string await_canary();
  void redrive_kept_messages();
  void redrive(const Record& record, std::string&& body);

  DlqSession& session_;
  const Options options_;
  Cursor failed_orders_;
  Canary canary_;
  bool canary_passed_ = false;
  RedriveRelay relay_;
  DlqSummary summary_;
};

}  // namespace esteira::cli
