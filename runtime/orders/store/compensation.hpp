#pragma once
#include <string>

namespace esteira::runtime::orders {

/// In SQL, that the event `ending` is the result that refused or cancelled its order: a stage's `failed` with the
/// routing key of its refused event, or a result with the event kCancelledEvent.
inline constexpr const char* kIsEnding = R"((
  ending.entry_kind = 'result'
  and (ending.outcome = 'failed' and ending.routing_key is not null or ending.routing_key = cancelled_event())))";

/// In SQL, what is owed for the failed or cancelled order `o`; null for any other order. Nothing, unless it was paid
/// and then refused or cancelled. The compensation is done when a stage that gets the event of the refusal or
/// cancellation is done after it. A stage that is not registered any more may have got any event.
inline std::string compensation() {
  return std::string(R"((
  case when o.status in ('failed', 'cancelled') then coalesce((
    select case when bool_or(exists (
                  select from order_events undone left join registered_stages s on s.stage = undone.stage
                  where undone.order_id = o.id and undone.stage <> ending.stage
                    and undone.entry_kind = 'result' and undone.outcome = 'done'
                    and undone.created_at > ending.created_at
                    and (s.stage is null or ending.routing_key = any (s.bound_keys)))) then 'done' else 'owed' end
    from order_events ending
    where ending.order_id = o.id and )")
      .append(kIsEnding)
      .append(R"(
      and exists (select from order_events paid
                  where paid.order_id = o.id and paid.outcome = 'done' and paid.status in ('paid', 'shipped'))
    having count(*) > 0), 'none') end))");
}

}  // namespace esteira::runtime::orders
