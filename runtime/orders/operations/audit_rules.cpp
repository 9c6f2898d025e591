#include "runtime/orders/operations/audit_rules.hpp"

namespace esteira::runtime::orders {
namespace {

/// Reads what stages keep about charges and refunds (docs/writing-a-stage.md). A stage that sets the status paid has
/// charged the order. A stage that keeps a refund has given money back, and one that works after a refusal or
/// cancellation says with its amount how much. What a stage does not keep is not compared.
constexpr const char* kChargedOnce = R"(
with charges as materialized (
  select e.order_id, e.stage, x.data->>'charge' as charge, x.data->>'amount' as amount,
         case when x.data->>'amount' ~ '^[0-9]{1,12}([.][0-9]+)?$' then (x.data->>'amount')::numeric end as value
  from order_events e left join order_enrichments x on x.order_id = e.order_id and x.stage = e.stage
  where e.outcome = 'done' and e.status = 'paid'
), ended as materialized (
  select e.order_id, min(e.created_at) as ended_at from order_events e
  where e.entry_kind = 'result'
    and (e.outcome = 'failed' and e.routing_key is not null or e.routing_key = cancelled_event())
  group by e.order_id
), undone as materialized (
  select e.order_id, e.stage from ended
  join order_events e on e.order_id = ended.order_id and e.outcome = 'done' and e.created_at > ended.ended_at
), refunds as materialized (
  select x.order_id, x.stage, x.data->>'refund' as refund, x.data->>'charge' as charge, x.data->>'amount' as amount,
         case when x.data->>'amount' ~ '^[0-9]{1,12}([.][0-9]+)?$' then (x.data->>'amount')::numeric end as value
  from order_enrichments x left join undone u on u.order_id = x.order_id and u.stage = x.stage
  where x.data->>'refund' is not null or u.order_id is not null and x.data->>'amount' is not null
)
select order_id, 'was paid ' || count(*) || ' times, by ' || string_agg(stage, ', ' order by stage)
from charges group by order_id having count(*) > 1
union all
select c.order_id, c.stage || ' charged ' || left(c.amount, 40) || ', and the total is ' ||
                   coalesce(o.total_amount::text, 'unknown')
from charges c join orders o on o.id = c.order_id
where c.amount is not null and c.value is distinct from o.total_amount
union all
select c.order_id, c.stage || ' charged ' || left(c.amount, 40) || ' and kept no charge' from charges c
where c.value > 0 and coalesce(c.charge, '') = ''
union all
select c.order_id, 'charge ' || left(c.charge, 80) || ' of ' || c.stage || ' is that of ' || c.orders || ' orders'
from (select *, count(*) over (partition by stage, charge) as orders from charges
      where charge <> '' and amount is not null) c
where c.orders > 1
union all
select r.order_id, 'is ' || o.status || ', and ' || r.stage || ' refunded ' || coalesce(left(r.amount, 40), 'it')
from refunds r join orders o on o.id = r.order_id
where r.refund is not null and o.status not in ('failed', 'cancelled')
union all
select order_id, 'was refunded ' || count(*) || ' times, by ' || string_agg(stage, ', ' order by stage)
from refunds where refund is not null group by order_id having count(*) > 1
union all
select r.order_id, r.stage || ' refunded ' || coalesce(left(r.amount, 40), 'it') || coalesce(' of charge ' || left(r.charge, 80), '') ||
                   ', and ' || coalesce(c.stage || ' charged ' || left(c.amount, 40) || coalesce(' with charge ' || left(c.charge, 80), ''),
                                        'the total is ' || o.total_amount)
from refunds r join orders o on o.id = r.order_id left join charges c on c.order_id = r.order_id
where r.charge <> c.charge
   or r.amount is not null
      and coalesce(r.value, -1) <> coalesce(c.value, case when r.refund is not null then o.total_amount end))";

constexpr AuditRule kAuditRules[] = {
    {"items", "each order has items", R"(
select o.id, 'no items' from orders o where not exists (select from order_items i where i.order_id = o.id))"},

    {"accepted", "each order was accepted exactly once", R"(
select o.id, count(e.order_id) || ' times accepted'
from orders o left join order_events e on e.order_id = o.id and e.outcome = 'accepted'
group by o.id having count(e.order_id) <> 1)"},

    {"effect_once", "each stage has at most one result 'done' for an order, over all redrives", R"(
select order_id, stage || ' is done ' || count(*) || ' times'
from order_events where outcome = 'done' group by order_id, stage having count(*) > 1)"},

    {"missing_enrichment", "the enrichment that a stage recorded exists", R"(
select e.order_id, 'the enrichment of ' || e.stage || ' is missing' from order_events e
where e.has_data
  and not exists (select from order_enrichments x where x.order_id = e.order_id and x.stage = e.stage))"},

    {"orphan_enrichment", "each enrichment belongs to a stage that is done", R"(
select x.order_id, x.stage || ' has an enrichment but is not done' from order_enrichments x
where not exists (select from order_events e
                  where e.order_id = x.order_id and e.stage = x.stage and e.outcome = 'done'))"},

    {"missing_predecessor", "a stage that is done was preceded by a stage that published its input event", R"(
select distinct on (e.order_id) e.order_id,
       e.stage || ' is done, but no stage published an event that its queue was bound to then'
from order_events e
join (select stage from registered_stages, unnest(bound_keys) as key group by stage
      having not bool_or(key ~ '[*#]')) k
  on k.stage = e.stage
where e.outcome = 'done'
  and exists (select from order_events a
              where a.order_id = e.order_id and a.outcome = 'accepted' and a.routing_key is not null)
  and not exists (
    select from order_events c
    join (select r.stage, key, max(coalesce(b.removed_at, 'infinity')) as bound_until
          from registered_stages r cross join unnest(r.bound_keys) as key
          left join removed_bindings b on b.exchange = r.exchange and b.stage = r.stage and b.routing_key = key
          group by r.stage, key) bound
      on bound.key = c.routing_key
    where c.order_id = e.order_id and bound.stage = e.stage and c.stage <> e.stage
      and c.created_at < bound.bound_until)
order by e.order_id)"},

    {"status_forward", "an order's status is at least the status that each stage set", R"(
select distinct on (o.id) o.id, 'is ' || o.status || ', but ' || e.stage || ' set ' || e.status
from orders o join order_events e on e.order_id = o.id and e.redrive = o.redrives and e.status is not null
where o.status < e.status and (o.status <> 'completed' or e.outcome <> 'failed')
order by o.id, e.status desc)"},

    {"completed_by_stage", "a stage completed each completed order", R"(
select o.id, 'no stage completed it' from orders o
where o.status = 'completed'
  and not exists (select from order_events e
                  where e.order_id = o.id and e.outcome = 'done' and e.status = 'completed'))"},

    {"completed_unfailed", "no stage completes an order after another stage failed it in the same redrive", R"(
select distinct on (o.id) o.id, 'completed after ' || f.stage || ' failed'
from orders o
join order_events f on f.order_id = o.id and f.redrive = o.redrives and f.entry_kind = 'result'
                   and f.outcome = 'failed'
join order_events d on d.order_id = o.id and d.redrive = o.redrives and d.entry_kind = 'result'
                   and d.status = 'completed'
where o.status = 'completed' and d.created_at > f.created_at order by o.id)"},

    {"failed_by_stage", "a stage failed each failed order in its latest redrive, or refused it, with a reason", R"(
select o.id, case o.failure_reason when '' then 'no reason' else 'no stage failed it in redrive ' || o.redrives end
from orders o
where o.status = 'failed'
  and (o.failure_reason = '' or not exists (select from order_events e
       where e.order_id = o.id and e.entry_kind = 'result' and e.outcome = 'failed'
         and (e.redrive = o.redrives or e.routing_key is not null))))"},

    {"refused_failed", "an order that a stage refused is failed, or had ended before", R"(
select distinct on (o.id) o.id, 'is ' || o.status || ', but ' || e.stage || ' refused it'
from orders o join order_events e on e.order_id = o.id and e.entry_kind = 'result' and e.outcome = 'failed'
                                 and e.routing_key is not null
where o.status < 'completed' order by o.id)"},

    {"cancelled_by_stage", "exactly one result of a stage cancelled each cancelled order, and none any other order", R"(
select o.id, 'is ' || o.status || ', and ' || count(e.order_id) || ' results cancelled it'
from orders o left join order_events e on e.order_id = o.id and e.entry_kind = 'result' and e.routing_key = cancelled_event()
group by o.id having count(e.order_id) <> case o.status when 'cancelled' then 1 else 0 end)"},

    {"cancelled_on_request", "an order is cancelled only on request", R"(
select o.id, 'no request' from orders o
where o.status = 'cancelled'
  and not exists (select from order_events e where e.order_id = o.id and e.entry_kind = 'cancel_requested'))"},

    {"cancel_request_open", "a request to cancel an order is open until the order ends, and it does not end completed",
     R"(
select o.id, case when o.status = 'completed' then 'completed in spite of a request'
                  when o.status > 'completed' then 'is ' || o.status || ', and a request is open'
                  when o.cancel_requested_at is null then 'its request is not open'
                  else 'a request is open that the timeline does not have' end
from orders o
left join (select distinct order_id from order_events where entry_kind = 'cancel_requested') e on e.order_id = o.id
where case when o.status < 'completed' then (o.cancel_requested_at is null) <> (e.order_id is null)
           else o.cancel_requested_at is not null or o.status = 'completed' and e.order_id is not null end)"},

    {"charged_once", "each order is charged once, its total, and gets back that charge once, if it did not complete",
     kChargedOnce},

    {"redrives_counted", "an order's redrive counter matches its timeline", R"(
select o.id, 'its counter is ' || o.redrives || ', its timeline has ' || count(e.order_id) || ' redrives'
from orders o left join order_events e on e.order_id = o.id and e.outcome = 'redriven'
group by o.id having count(e.order_id) <> o.redrives)"},

    {"unknown_run", "each event belongs to a redrive that was made", R"(
select distinct on (o.id) o.id, e.stage || ' ' || e.outcome || ' in redrive ' || e.redrive || ' of ' || o.redrives
from orders o join order_events e on e.order_id = o.id where e.redrive > o.redrives order by o.id)"},

    {"scheduled_once", "a stage has at most one scheduled message of an order that is still needed", R"(
select m.order_id, m.stage || ' has ' || count(*) || ' scheduled messages' from scheduled_messages m
where not exists (select from order_events e where e.order_id = m.order_id and e.stage = m.stage
                                               and e.redrive = m.redrive and e.entry_kind = 'result')
  and not message_is_superseded(m.order_id, m.stage, m.redrive, m.attempt, m.snoozes)
group by m.order_id, m.stage, m.redrive having count(*) > 1)"},

    {"order_known", "each item, timeline event, outbox event and scheduled message belongs to an existing order", R"(
select distinct e.order_id, 'no such order' from (select order_id from order_events union all
                                                  select order_id from order_items union all
                                                  select order_id from scheduled_messages union all
                                                  select order_id from outbox) e
where not exists (select from orders o where o.id = e.order_id))"},
};

}  // namespace

std::span<const AuditRule> audit_rules() { return kAuditRules; }

}  // namespace esteira::runtime::orders
