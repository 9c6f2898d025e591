#pragma once
#include <string>

#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// A dead letter of an order.
struct DeadLetter {
  std::string order_id;
  std::string stage;
  int redrive = 0;
  std::string reason;  ///< why it died; empty when the broker gave it up
  std::string queue;   ///< the stage's queue, where it is to go again
  std::string traceparent;
  std::string body;  ///< as it came to the stage
};

enum class RedriveResult {
  redriven,       ///< the order is at work again, and its message in the outbox
  purged,         ///< the timeline says that the letter was thrown away
  stale,          ///< the order has gone on without it: the letter is of no more use
  unknown_order,  ///< the database has no such order: nothing was written
  refused,        ///< the letter and the order contradict each other: nothing was written
};

/// Sends the order back to the stage, in one transaction: claim, status, outbox row. The claim is taken once however
/// often and from wherever it is tried: the others find the letter stale. Whatever but `unknown_order` and `refused`
/// allows to acknowledge the letter. Safe to repeat after InDoubt. Throws Unavailable.
RedriveResult redrive_dead_letter(postgres::Session& session, const DeadLetter& letter);

/// Writes down that the letter is thrown away. An order that was still waiting for it (the broker gave it up, no host
/// did) becomes `failed`, so that nothing is dropped in silence. Safe to repeat. Throws Unavailable.
RedriveResult purge_dead_letter(postgres::Session& session, const DeadLetter& letter);

}  // namespace esteira::runtime::orders
