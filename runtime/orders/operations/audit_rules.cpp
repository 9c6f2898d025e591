#include "runtime/orders/operations/audit_rules.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr AuditRule kAuditRules[] = {
    {"items", "an order has items", R"(
select o.id, 'no items' from orders o where not exists (select from order_items i where i.order_id = o.id))"},

    {"accepted", "an order was accepted once", R"(
select o.id, count(e.order_id) || ' times accepted'
from orders o left join order_events e on e.order_id = o.id and e.outcome = 'accepted'
group by o.id having count(e.order_id) <> 1)"},

    {"effect_once", "a stage's effect lands once, over all redrives", R"(
select order_id, stage || ' is done ' || count(*) || ' times'
from order_events where outcome = 'done' group by order_id, stage having count(*) > 1)"},

    {"data_kept", "what a stage gave is there", R"(
select e.order_id, 'the data of ' || e.stage || ' is gone' from order_events e
where e.has_data
  and not exists (select from order_enrichments x where x.order_id = e.order_id and x.stage = e.stage))"},

    {"data_earned", "what is there was given by a stage that is done", R"(
select x.order_id, x.stage || ' has data but is not done' from order_enrichments x
where not exists (select from order_events e
                  where e.order_id = x.order_id and e.stage = x.stage and e.outcome = 'done'))"},

    {"asked_for", "a stage is done because an event asked for it", R"(
select distinct on (e.order_id) e.order_id, e.stage || ' is done, yet no stage before it published for it'
from order_events e
join (select stage, array_agg(key) as keys from known_stages, unnest(consumes) as key group by stage
      having not bool_or(key ~ '[*#]')) k
  on k.stage = e.stage
where e.outcome = 'done'
  and exists (select from order_events a
              where a.order_id = e.order_id and a.outcome = 'accepted' and a.routing_key is not null)
  and not exists (select from order_events c where c.order_id = e.order_id and c.routing_key = any (k.keys)
                                               and c.stage <> e.stage)
order by e.order_id)"},

    {"status_forward", "a status is never behind what a stage made it", R"(
select distinct on (o.id) o.id, 'is ' || o.status || ' although ' || e.stage || ' made it ' || e.status
from orders o join order_events e on e.order_id = o.id and e.redrive = o.redrives and e.status is not null
where o.status < e.status and (o.status <> 'completed' or e.outcome <> 'failed')
order by o.id, e.status desc)"},

    {"completed_by_stage", "a completed order was completed by a stage", R"(
select o.id, 'no stage completed it' from orders o
where o.status = 'completed'
  and not exists (select from order_events e
                  where e.order_id = o.id and e.outcome = 'done' and e.status = 'completed'))"},

    {"completed_unfailed", "no order is completed after a stage failed in the same run", R"(
select distinct on (o.id) o.id, 'completed after ' || f.stage || ' failed'
from orders o
join order_events f on f.order_id = o.id and f.redrive = o.redrives and f.retry = 0 and f.outcome = 'failed'
join order_events d on d.order_id = o.id and d.redrive = o.redrives and d.retry = 0 and d.status = 'completed'
where o.status = 'completed' and d.at > f.at order by o.id)"},

    {"failed_by_stage", "a failed order was failed by a stage in its latest run, with a reason", R"(
select o.id, case o.failure_reason when '' then 'no reason' else 'no stage failed it in run ' || o.redrives end
from orders o
where o.status = 'failed'
  and (o.failure_reason = '' or not exists (select from order_events e
       where e.order_id = o.id and e.redrive = o.redrives and e.retry = 0 and e.outcome = 'failed')))"},

    {"redrives_counted", "an order was sent back as often as it says", R"(
select o.id, 'says ' || o.redrives || ' redrives, the timeline ' || count(e.order_id)
from orders o left join order_events e on e.order_id = o.id and e.outcome = 'redriven'
group by o.id having count(e.order_id) <> o.redrives)"},

    {"runs_begun", "nothing happened in a run that was never begun", R"(
select distinct on (o.id) o.id, e.stage || ' ' || e.outcome || ' in run ' || e.redrive || ' of ' || o.redrives
from orders o join order_events e on e.order_id = o.id where e.redrive > o.redrives order by o.id)"},

    {"order_known", "an item and an event in the timeline or in the outbox is of a known order", R"(
select distinct e.order_id, 'no such order' from (select order_id from order_events union all
                                                  select order_id from order_items union all
                                                  select order_id from outbox) e
where not exists (select from orders o where o.id = e.order_id))"},
};

}  // namespace

std::span<const AuditRule> audit_rules() { return kAuditRules; }

}  // namespace esteira::runtime::orders
