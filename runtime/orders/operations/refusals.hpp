#pragma once
#include <string>

#include "runtime/orders/store/compensation.hpp"

namespace esteira::runtime::orders {

// Conditions in SQL about refused and cancelled orders. A refusal is a stage's result `failed` with a routing key, that
// of its refused event: no dead letter follows, but that event. A cancellation is a result with the event
// kCancelledEvent. Compensating stages may consume both. A refused order stays failed, or completed, and a cancelled
// order stays cancelled: a redrive of another stage changes only where its message is.

/// That the order `o` was refused, in any redrive.
inline constexpr const char* kIsRefused = R"((exists (
  select from order_events refusal
  where refusal.order_id = o.id and refusal.entry_kind = 'result' and refusal.outcome = 'failed'
    and refusal.routing_key is not null)))";

/// That the order `o` was cancelled, or refused in any redrive.
inline std::string is_cancelled_or_refused() {
  return std::string("(o.status = 'cancelled' or ").append(kIsRefused).append(")");
}

/// The reason of a refusal begins with this when a person gave the order up.
inline constexpr const char* kGivenUpByHand = "given up by hand: ";

/// That a stage charges or ships: it leads to the status `paid` or `shipped`. `stage` is an expression.
inline std::string has_forward_status(const std::string& stage) {
  return "(exists (select from registered_stages forward where forward.stage = " + stage +
         " and forward.status in ('paid', 'shipped')))";
}

/// That the result `e` of a refused or cancelled order published an event, the one of the refusal or cancellation or a
/// later one, and that no stage that gets it has answered it with a result: none later than the event, and not all of
/// them before, by another event. A stage that is not registered any more may have got any event. The event of a stage
/// that completes orders need not reach a queue, nor that of a cancellation which nobody misses. One of the array
/// `optional_events`, a parameter of the statement, needs an answer only when a registered stage gets it.
inline std::string is_unanswered(const std::string& optional_events) {
  return R"((
  e.entry_kind = 'result' and e.routing_key is not null
  and case when e.routing_key = cancelled_event() then cancellation_must_be_routed(e.order_id)
           else e.status is distinct from 'completed' end
  and exists (
    select from order_events ending
    where ending.order_id = e.order_id and ending.created_at <= e.created_at and )" +
         std::string(kIsEnding) + R"()
  and not exists (
    select from order_events answer left join registered_stages s on s.stage = answer.stage
    where answer.order_id = e.order_id and answer.stage <> e.stage and answer.entry_kind = 'result'
      and answer.created_at > e.created_at and (s.stage is null or e.routing_key = any (s.bound_keys)))
  and (not exists (
         select from registered_stages s where s.stage <> e.stage and e.routing_key = any (s.bound_keys))
         and e.routing_key <> all ()" +
         optional_events + R"(::text[])
       or exists (
         select from registered_stages s
         where s.stage <> e.stage and e.routing_key = any (s.bound_keys)
           and not exists (select from order_events answer
                           where answer.order_id = e.order_id and answer.stage = s.stage
                             and answer.entry_kind = 'result')))))";
}

/// That the event `e` is the redrive of the order `o` to a stage that has no result since. Of a refused order, its
/// status does not tell.
inline constexpr const char* kIsPendingRedrive = R"((
  e.entry_kind = 'redriven' and e.redrive = o.redrives
  and not exists (select from order_events answer
                  where answer.order_id = e.order_id and answer.stage = e.stage and answer.redrive = e.redrive
                    and answer.entry_kind = 'result')))";

/// The text of what is owed for the order `o`: the amount and the charge in the data of the stage that set the status
/// paid, or else the order's total.
inline constexpr const char* kOwedMoney = R"((
  select coalesce(kept.data->>'amount', o.total_amount::text, 'an unknown amount') || ' owed' ||
         coalesce(', charge ' || (kept.data->>'charge'), '')
  from order_events payer
  left join order_enrichments kept on kept.order_id = payer.order_id and kept.stage = payer.stage
  where payer.order_id = o.id and payer.outcome = 'done' and payer.status in ('paid', 'shipped')
  order by payer.status, payer.created_at limit 1))";

}  // namespace esteira::runtime::orders
