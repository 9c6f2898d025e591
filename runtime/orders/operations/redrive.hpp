#pragma once
#include <string>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A dead letter: a message of an order in the dead letter queue of a stage.
struct DeadLetter {
  std::string order_id;
  std::string stage;
  int redrive = 0;
  std::string reason;       ///< why it failed; empty when the broker dead-lettered it
  std::string stage_queue;  ///< the queue to which a redrive sends the message
  std::string traceparent;
  std::string body;  ///< as the stage received it
};

/// Why it failed, also when the broker dead-lettered it.
std::string reason_of(const DeadLetter& dead_letter);

enum class RedriveResult {
  redriven,       ///< the order is in work again, and its message is in the outbox
  stale,          ///< the order does not need the dead letter any more: nothing was written
  given_up,       ///< a person gave the dead letter up (give_up.hpp): nothing was written
  order_ended,    ///< the order was refused or cancelled, and the stage would charge or ship: nothing was written
  unknown_order,  ///< the database has no such order: nothing was written
  refused,        ///< the order did not fail in this stage and redrive: nothing was written
};

/// Sends the order back to the stage, in one transaction: timeline entry, status, outbox row. An API replica publishes
/// the row. Other stages at which the order failed in the same redrive (several consume one event) get a row each, too:
/// their dead letters are stale from then on, except purged ones. An order that a stage refused stays failed, and a
/// cancelled order stays cancelled: only the message goes back. It does not go back to a stage with the status `paid`
/// or `shipped`: the payment is given back, and the stage would charge again, or ship what is not paid for. The dead
/// letter of a stage that refused the order is stale. However often a dead letter is redriven, this is done once; the
/// other calls return `stale`. The caller may acknowledge the dead letter unless the result is `unknown_order`,
/// `order_ended` or `refused`. Safe to repeat after InDoubt. Throws Unavailable.
RedriveResult redrive_dead_letter(postgres::Session& session, const DeadLetter& dead_letter);

/// Records that the dead letter is about to be deleted: remove it from the queue afterwards. The timeline gets no entry
/// when the stage is done. An order without a terminal result of the stage in its current redrive (the broker
/// dead-lettered its message) becomes `failed` if order_status_may_become allows it, so that the order does not stay
/// unfinished without a trace. Returns false when the database has no such order: nothing was written. Safe to repeat.
/// Throws Unavailable.
bool purge_dead_letter(postgres::Session& session, const DeadLetter& dead_letter);

}  // namespace esteira::runtime::orders
