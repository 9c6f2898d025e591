#pragma once
#include <chrono>
#include <esteira/money.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// The message that a result asks for at a later time: what scheduled_messages.hpp sends to the stage's queue. The
/// texts are valid UTF-8.
struct MessageSchedule {
  std::chrono::milliseconds delay{1};  ///< from the commit on
  std::string exchange;                ///< of the stage
  std::string event;                   ///< the type of the message
  std::string traceparent;
  std::string body;
};

/// The result of a stage's work on one message, as it is written to the database.
struct StageResult {
  enum class Kind {
    done,    ///< terminal: enrichment, status, total, routing key of the next event
    failed,  ///< terminal: the order's status becomes `failed`, with the reason, if order_status_may_become allows it
    cancelled,  ///< terminal: the order is cancelled before the handler ran; only for an order with an open request
    retry,      ///< one failed attempt; the order's status does not change
    snooze,     ///< the stage waits for something; no attempt is used, and the order's status does not change
  };
  Kind kind = Kind::done;
  std::string order_id;
  std::string stage;
  int redrive = 0;             ///< 0: the order was never redriven
  int attempt = 1;             ///< from 1
  int snoozes = 0;             ///< snooze, retry: how often the stage had snoozed the order when the message was sent
  std::string status;          ///< done: the status that the order moves to; empty: it keeps its status
  std::string data;            ///< done: the enrichment, a JSON object; empty: none
  std::string routing_key;     ///< done: of the next event; failed: of the refused event; empty: none
  std::optional<Money> total;  ///< done: replaces the order's total; empty: keeps it
  std::string detail;          ///< failed, cancelled, retry, snooze: the reason, valid UTF-8
  /// snooze; retry: the message that follows, which is written with the result. Null for a retry that the host
  /// publishes.
  std::shared_ptr<const MessageSchedule> schedule{};
};

/// A stage's recorded `done`, `failed` or `cancelled` for an order: at most one for each redrive. The fields are as in
/// StageResult.
struct TerminalResult {
  StageResult::Kind kind = StageResult::Kind::done;  ///< see MessageState for one that is not terminal
  std::string data;
  std::string routing_key;  ///< kCancelledEvent when this result cancelled the order
  std::optional<Money> total;
  std::string detail;
  /// The event may be lost when no queue takes it: that of a cancelled order which was not paid and which no stage
  /// waits for.
  bool is_optional = false;
};

struct RecordedResult {
  enum class Status {
    recorded,       ///< written by this call; or a retry attempt that was recorded before
    duplicate,      ///< the stage has a terminal result for this order and redrive already; nothing was written
    unknown_order,  ///< no such order; nothing was written
    superseded,     ///< a later message of the order is scheduled for the stage; nothing was written
    not_requested,  ///< cancelled: no request is open; nothing was written, and the handler is to run
  };
  Status status = Status::recorded;
  /// With duplicate: the one recorded before. With recorded: set when the result cancelled the order; its event
  /// replaces that of the result.
  std::optional<TerminalResult> terminal_result;
  /// Set when this result moved the order to `completed`: the seconds since the order was accepted.
  std::optional<double> order_seconds = {};
};

/// Prepares the statements of this header on a connection.
void prepare_ledger(pqxx::connection& connection);

/// Writes a batch in one transaction and returns the answers in the batch's order. Results that differ only in order,
/// total, data and detail share a statement; a batch that needs one statement is that statement, auto-committed. Its
/// rows are sorted by order id, so that two hosts hardly ever deadlock. A status moves only as order_status_may_become
/// allows; a result whose status may not move is still recorded as an event. While a request to cancel the order is
/// open, `done` cancels it: its data, total and entry are as always, but the order becomes `cancelled` instead of its
/// status, and the event of the result is kCancelledEvent. `failed` wins over a request, and closes it. A snooze or a
/// retry with a schedule is written together with its message, unless a later one was scheduled: see
/// message_is_superseded in sql/. The entry of a stage's snoozes is updated, so an order has one for each stage and
/// redrive. Of two terminal results for the same order, stage and redrive in a batch the first is recorded; a retry
/// before it is recorded too. The pointers are not null. An order_id that is no UUID is an unknown order. Safe to
/// repeat after InDoubt. Throws Unavailable. Any other exception means that PostgreSQL rejects the rows of the batch:
/// nothing was written.
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

/// A message of an order within one stage, and its redeliveries.
struct MessageKey {
  std::string order_id;
  int redrive = 0;
  int attempt = 1;
  int snoozes = 0;  ///< how often the stage had snoozed the order when the message was sent
};
/// What the ledger says about a message.
struct MessageState {
  /// Its stage's terminal result. Of the kind `snooze` for a message that is superseded: nothing is to be done for it.
  std::optional<TerminalResult> result;
  bool is_cancel_requested = false;  ///< a request to cancel the order is open
};
/// The state of each message, in the order of `keys`. Throws Unavailable.
std::vector<MessageState> find_message_states(postgres::Session& session, const std::string& stage,
                                              const std::vector<MessageKey>& keys);

}  // namespace esteira::runtime::orders
