#pragma once
#include <esteira/money.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// What a stage's work on one message comes to, as it is written down.
struct StageResult {
  enum class Kind {
    done,    ///< the stage's ending: enrichment, status, total, next routing key
    failed,  ///< the stage's ending: the order is `failed` with the reason
    retry,   ///< one failed attempt; the order stays as it is
  };
  Kind kind = Kind::done;
  std::string order_id;
  std::string stage;
  int redrive = 0;
  int attempt = 1;
  std::string status;       ///< done: the status the order moves to; empty: none
  std::string data;         ///< done: JSON object to keep; empty: none
  std::string routing_key;  ///< done: of the event that follows; empty: none
  std::optional<Money> total;
  std::string detail;  ///< failed, retry: the reason, valid UTF-8
};

/// How a stage ended for an order, as the ledger has it.
struct TerminalResult {
  StageResult::Kind kind = StageResult::Kind::done;  ///< done or failed
  std::string data;
  std::string routing_key;
  std::optional<Money> total;
  std::string detail;
};

struct RecordedResult {
  enum class Status {
    recorded,       ///< written now
    duplicate,      ///< this stage had ended for this order before: `ending` is what stands, nothing was written
    unknown_order,  ///< no such order: nothing was written
  };
  Status status = Status::recorded;
  std::optional<TerminalResult> ending;  ///< with duplicate
  /// Where this effect asked for `completed`: the seconds since the order was accepted.
  std::optional<double> order_seconds = {};
};

/// Prepares the statements of this header on a connection.
void prepare_ledger(pqxx::connection& connection);

/// Writes a batch in one transaction, rows sorted by order id so that two hosts hardly ever deadlock. Effects that have
/// all but order, total and data in common take one statement. A status moves only as
/// order_status_may_become allows, in the statement that writes it; an effect whose status may not move still lands as
/// an event. The same order and stage twice in a batch: the first wins. Answers stand in the batch's order.
/// Safe to repeat after InDoubt. Throws Unavailable.
std::vector<RecordedResult> record_results(postgres::Session& session, std::span<const StageResult* const> batch);

struct RedriveKey {
  std::string order_id;
  int redrive = 0;
};
/// How `stage` ended for each order, where it did: asked before a redelivered message runs its handler again.
std::vector<std::optional<TerminalResult>> find_terminal_results(postgres::Session& session, const std::string& stage,
                                                                 const std::vector<RedriveKey>& keys);

}  // namespace esteira::runtime::orders
