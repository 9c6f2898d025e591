#pragma once
#include <cstddef>
#include <set>
#include <string>

#include "cli/dlq/dlq_session.hpp"
#include "cli/dlq/dlq_summary.hpp"
#include "cli/dlq/redrive_relay.hpp"
#include "cli/dlq/refused_events.hpp"
#include "runtime/orders/operations/give_up.hpp"

namespace esteira::cli {

/// Gives dead letters up: of the failed orders that match, then of the messages that belong to none. In between it puts
/// the dead-letter queues in order, as a redrive does. One thread.
class GiveUpRun {
 public:
  struct Options {
    runtime::orders::DeadLetterFilter filter;
    std::size_t limit = 0;  ///< dead letters at most
    std::string note;       ///< why; may be empty
    bool dry_run = false;   ///< count only: `given_up` of the summary is what would be given up
  };

  /// A dead letter that appears later is not given up. `session` must outlive this. Throws Unavailable.
  GiveUpRun(DlqSession& session, Options options);

  /// The number of dead letters that match. Throws Unavailable.
  std::size_t count();
  /// Tells on stderr, with the order's id, of each dead letter that another program was faster with. To be called once.
  /// Throws Unavailable, BrokerError and UsageError.
  void run();
  [[nodiscard]] const DlqSummary& summary() const { return summary_; }
  /// Whether every dead letter was given up, by this or another program.
  [[nodiscard]] bool succeeded() const { return summary_.total() == summary_.given_up + already_; }

 private:
  using Cursor = runtime::orders::DeadLetterCursor;
  using Record = runtime::orders::DeadLetterRecord;
  void give_up_all(Cursor& cursor);
  void give_up(const Record& record, std::string&& body);
  void write(const Record& record, const std::string& event, std::string&& body);
  void count(const Record& record, const runtime::orders::GiveUpResult& result);
  void tell_once(const std::string& fault);

  DlqSession& session_;
  const Options options_;
  const RefusedEvents refused_events_;
  Cursor failed_orders_;
  RedriveRelay relay_;
  DlqSummary summary_;
  std::size_t already_ = 0;
  std::set<std::string> told_;
};

}  // namespace esteira::cli
