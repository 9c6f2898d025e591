#pragma once
#include <string>

#include "runtime/orders/operations/redrive.hpp"
#include "runtime/orders/store/outbox.hpp"

namespace esteira::runtime::orders {

/// A dead letter that a person gives up: the order is refused in the name of the stage at which it failed.
struct GiveUp {
  std::string order_id;
  std::string stage;
  int redrive = 0;
  std::string reason;  ///< of the refusal, as the timeline and the refused event have it
  OutboxEvent event;   ///< the refused event
};

/// Makes the refused event as the stage would publish it with Outcome::fail: with the data of the stages that are done,
/// which `letter.body` has, and the reason. `note` says why the person gives the order up; it may be empty.
/// `refused_event` is the stage's, a routing key. Throws MalformedEnvelope when the body is not an order.
GiveUp make_give_up(const DeadLetter& letter, const std::string& note, const std::string& exchange,
                    const std::string& refused_event);

struct GiveUpResult {
  enum class Kind {
    given_up,       ///< the stage has refused the order, and the event is in the outbox
    already,        ///< somebody gave this dead letter up before: nothing was written
    moved_on,       ///< the order was redriven, purged, refused, completed or cancelled meanwhile: nothing was written
    unknown_order,  ///< the database has no such order: nothing was written
    refused,        ///< the order did not fail in this stage and redrive: nothing was written
  };
  Kind kind = Kind::unknown_order;
  std::string state = {};  ///< unless given_up: what the order is, to follow "order ID "
};

/// Gives a dead letter up, in one transaction: the failure of the stage becomes a refusal, which the audit, the
/// compensation and prune cannot tell from one of the stage, and its event is in the outbox. An API replica publishes
/// the row. The order stays failed, or cancelled; an order without a result of the stage becomes failed, as after a
/// purge, and a request to cancel it is closed. Of concurrent calls, and of one beside a redrive or a purge, one
/// succeeds. Safe to repeat after InDoubt. Throws Unavailable.
GiveUpResult give_up_dead_letter(postgres::Session& session, const GiveUp& give_up);

}  // namespace esteira::runtime::orders
