#pragma once

namespace esteira::runtime::orders {

/// In SQL, what is owed for the failed or cancelled order `o`; null for any other order. Nothing, unless it was paid
/// and then refused or cancelled. The compensation is done when a stage that gets the event of the refusal or
/// cancellation is done after it. A stage that is not registered any more may have got any event.
inline constexpr const char* kCompensation = R"((
  case when o.status not in ('failed', 'cancelled') then null
       when not exists (select from order_events paid
                        where paid.order_id = o.id and paid.outcome = 'done' and paid.status in ('paid', 'shipped'))
         or not exists (select from order_events ending
                        where ending.order_id = o.id and ending.entry_kind = 'result'
                          and (ending.outcome = 'failed' and ending.routing_key is not null
                               or ending.routing_key = cancelled_event())) then 'none'
       when exists (select from order_events ending
                    join order_events undone on undone.order_id = ending.order_id and undone.stage <> ending.stage
                                            and undone.created_at > ending.created_at
                    left join registered_stages s on s.stage = undone.stage
                    where ending.order_id = o.id and ending.entry_kind = 'result'
                      and (ending.outcome = 'failed' and ending.routing_key is not null
                           or ending.routing_key = cancelled_event())
                      and undone.entry_kind = 'result' and undone.outcome = 'done'
                      and (s.stage is null or ending.routing_key = any (s.bound_keys))) then 'done'
       else 'owed' end))";

}  // namespace esteira::runtime::orders
