#pragma once
#include <esteira/money.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// The result of a stage's work on one message, as it is written to the database.
struct StageResult {
  enum class Kind {
    done,    ///< terminal: enrichment, status, total, routing key of the next event
    failed,  ///< terminal: the order's status becomes `failed`, with the reason, if order_status_may_become allows it
    retry,   ///< one failed attempt; the order's status does not change
  };
  Kind kind = Kind::done;
  std::string order_id;
  std::string stage;
  int redrive = 0;             ///< 0: the order was never redriven
  int attempt = 1;             ///< from 1
  std::string status;          ///< done: the status that the order moves to; empty: it keeps its status
  std::string data;            ///< done: the enrichment, a JSON object; empty: none
  std::string routing_key;     ///< done: of the next event; empty: none
  std::optional<Money> total;  ///< done: replaces the order's total; empty: keeps it
  std::string detail;          ///< failed, retry: the reason, valid UTF-8
};

/// A stage's recorded `done` or `failed` for an order: at most one for each redrive. The fields are as in StageResult.
struct TerminalResult {
  StageResult::Kind kind = StageResult::Kind::done;  ///< done or failed
  std::string data;
  std::string routing_key;
  std::optional<Money> total;
  std::string detail;
};

struct RecordedResult {
  enum class Status {
    recorded,       ///< written by this call; or a retry attempt that was recorded before
    duplicate,      ///< the stage has a terminal result for this order and redrive already; nothing was written
    unknown_order,  ///< no such order; nothing was written
  };
  Status status = Status::recorded;
  std::optional<TerminalResult> terminal_result;  ///< with duplicate: the one recorded before
  /// Set when this result moved the order to `completed`: the seconds since the order was accepted.
  std::optional<double> order_seconds = {};
};

/// Prepares the statements of this header on a connection.
void prepare_ledger(pqxx::connection& connection);

/// Writes a batch in one transaction and returns the answers in the batch's order. Results that differ only in order,
/// total, data and detail share a statement; a batch that needs one statement is that statement, auto-committed. Its
/// rows are sorted by order id, so that two hosts hardly ever deadlock. A status moves only as order_status_may_become
/// allows; a result whose status may not move is still recorded as an event. Of two terminal results for the same
/// order, stage and redrive in a batch the first is recorded; a retry before it is recorded too. The pointers are not
/// null. An order_id that is no UUID is an unknown order. Safe to repeat after InDoubt. Throws Unavailable. Any other
/// exception means that PostgreSQL rejects the rows of the batch: nothing was written.
std::vector<RecordedResult> record_results(postgres::Session& session, std::span<const StageResult* const> batch);

/// Runs the statement of record_results without rows and rolls it back: tells whether results can be recorded (rights,
/// locks, schema, a server that writes). Throws Unavailable.
void rehearse_results(postgres::Session& session);

/// What a message of an order has in common with its redeliveries and retries, within one stage. The caller knows the
/// stage.
struct RedriveKey {
  std::string order_id;
  int redrive = 0;  ///< how often the order had been redriven when the message was sent; 0 for most messages
};
/// The terminal result of `stage` for each key, where there is one, in the order of `keys`. A host asks for it before
/// it runs the handler of a redelivered message again. Throws Unavailable.
std::vector<std::optional<TerminalResult>> find_terminal_results(postgres::Session& session, const std::string& stage,
                                                                 const std::vector<RedriveKey>& keys);

}  // namespace esteira::runtime::orders
