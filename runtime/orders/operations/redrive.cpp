#include "runtime/orders/operations/redrive.hpp"

#include <string_view>

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/orders/operations/refusals.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

/// A statement of its own, so that the next statement sees everything that was committed while this one waited.
constexpr const char* kLockOrder = "select status, redrives from orders where id = $1::uuid for update";

/// A dead letter may be redriven when the order failed at this stage in this redrive, or when the stage has no terminal
/// result because only the broker gave the message up. In the second case the stage is recorded as failed as well, so
/// that a host that finds a copy of the old message later does not work on it beside the new one. Where several stages
/// consume one event and failed, each of them gets a message, because the redrive replaces all of their results.
/// A refusal has no dead letter, and its event has been published: the stage that refused the order gets no message. An
/// order that any stage refused stays failed, for its reason, and a cancelled order stays cancelled. A request to
/// cancel an order that failed then is open again: the client has the answer that the order will not be completed.
/// A stage that charges or ships gets no message of an order that was refused or cancelled, also not beside another
/// stage: its dead letter is stale from then on.
std::string redrive_statement() {
  return std::string(R"(
with terminal_result as (
  select (select case when e.outcome = 'failed' and e.routing_key is not null then 'refused' else e.outcome end
          from order_events e
          where e.order_id = $1::uuid and e.stage = $2 and e.redrive = $3::integer and e.entry_kind = 'result') as outcome,
         (select )")
      .append(is_cancelled_or_refused())
      .append(R"( from orders o where o.id = $1::uuid) as stays_ended,
         )")
      .append(has_forward_status("$2"))
      .append(R"( as is_forward
), inserted_redrive as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, detail, status)
  select o.id, $2::text, $3::integer + 1, 'redriven', 'redriven', 1, $4::text,
         case when not t.stays_ended then 'processing'::order_status end
  from orders o, terminal_result t
  where o.id = $1::uuid and o.redrives = $3::integer and not (t.stays_ended and t.is_forward)
    and (o.status in ('failed', 'cancelled') and t.outcome = 'failed'
         or (o.status < 'completed' or o.status in ('failed', 'cancelled') and t.stays_ended) and t.outcome is null)
  on conflict on constraint order_events_pk do nothing
  returning order_id, redrive
), inserted_failure as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, detail, status)
  select order_id, $2::text, $3::integer, 'result', 'failed', 1, $4::text, 'failed' from inserted_redrive
  on conflict on constraint order_events_pk do nothing
), target_queues as (
  select $5::text as queue
  union all
  select left($5::text, -length($2::text)) || e.stage
  from order_events e
  where e.order_id = $1::uuid and e.redrive = $3::integer and e.entry_kind = 'result' and e.outcome = 'failed'
    and e.stage <> $2 and e.routing_key is null
    and not ((select stays_ended from terminal_result) and )")
      .append(has_forward_status("e.stage"))
      .append(R"()
    and not exists (select from order_events p where p.order_id = e.order_id and p.stage = e.stage
                                                 and p.redrive = e.redrive and p.entry_kind = 'purged')
), inserted_outbox_rows as (
  insert into outbox (order_id, exchange, routing_key, redrive, traceparent, body)
  select r.order_id, '', t.queue, r.redrive, $6::text, $7::text from inserted_redrive r, target_queues t
  on conflict on constraint outbox_pk do nothing
)
update orders o
set status = case when t.stays_ended then o.status when o.status = 'failed' then 'processing'
                  else greatest(o.status, 'processing') end,
    failure_reason = case when t.stays_ended and o.status = 'failed' then o.failure_reason end,
    cancel_requested_at = case when not t.stays_ended
                               then (select max(c.created_at) from order_events c
                                     where c.order_id = o.id and c.entry_kind = 'cancel_requested') end, redrives = r.redrive,
    updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
from inserted_redrive r, terminal_result t where o.id = r.order_id
returning o.id)");
}

/// Why nothing was written.
std::string explanation() {
  return std::string(R"(
select case when e.outcome = 'failed' and e.routing_key is not null and starts_with(e.detail, $4) then 'given_up'
            when o.redrives > $3::integer or o.status = 'completed' or e.outcome in ('done', 'cancelled')
                 or e.routing_key is not null then 'stale'
            when o.redrives = $3::integer and )")
      .append(is_cancelled_or_refused())
      .append(" and ")
      .append(has_forward_status("$2"))
      .append(R"( then 'order_ended'
            else 'refused' end as result
from orders o
left join order_events e on e.order_id = o.id and e.stage = $2 and e.redrive = $3::integer and e.entry_kind = 'result'
where o.id = $1::uuid)");
}

RedriveResult unwritten_result(std::string_view name) {
  if (name == "given_up") return RedriveResult::given_up;
  if (name == "stale") return RedriveResult::stale;
  return name == "order_ended" ? RedriveResult::order_ended : RedriveResult::refused;
}

/// Writes no entry when the stage is done: the dead letter was stale.
constexpr const char* kPurge = R"(
with terminal_result as (
  select exists (select from order_events e where e.order_id = $1::uuid and e.stage = $2 and e.redrive = $3::integer
                                              and e.entry_kind = 'result') as is_recorded
), inserted_purge as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, detail)
  select $1::uuid, $2::text, $3::integer, 'purged', 'purged', 1, $4
  where not exists (select from order_events e where e.order_id = $1::uuid and e.stage = $2 and e.outcome = 'done')
  on conflict on constraint order_events_pk do nothing
), failed_orders as (
  update orders o
  set status = 'failed', failure_reason = 'dead letter purged by hand: ' || $4::text,
      cancel_requested_at = null, updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
  from terminal_result t
  where o.id = $1::uuid and o.redrives = $3::integer and not t.is_recorded
    and order_status_may_become(o.status, 'failed')
  returning o.id
)
insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, detail, status)
select id, $2::text, $3::integer, 'result', 'failed', 1, $4::text, 'failed' from failed_orders)";

bool lock_order(pqxx::work& work, const DeadLetter& dead_letter) {
  return canonical_uuid(dead_letter.order_id) && !work.exec_params(kLockOrder, dead_letter.order_id).empty();
}

RedriveResult redrive_locked(pqxx::work& work, const DeadLetter& dead_letter) {
  const auto updated_orders =
      work.exec_params(redrive_statement(), dead_letter.order_id, dead_letter.stage, dead_letter.redrive,
                       reason_of(dead_letter), dead_letter.stage_queue, dead_letter.traceparent, dead_letter.body);
  if (!updated_orders.empty()) return RedriveResult::redriven;
  const auto row =
      work.exec_params1(explanation(), dead_letter.order_id, dead_letter.stage, dead_letter.redrive, kGivenUpByHand);
  return unwritten_result(row["result"].c_str());
}

}  // namespace

std::string reason_of(const DeadLetter& dead_letter) {
  return dead_letter.reason.empty() ? "dead-lettered by the broker: delivered too often without a result"
                                    : dead_letter.reason;
}

RedriveResult redrive_dead_letter(postgres::Session& session, const DeadLetter& dead_letter) {
  auto result = RedriveResult::unknown_order;
  session.transact([&](pqxx::work& work) {
    result = lock_order(work, dead_letter) ? redrive_locked(work, dead_letter) : RedriveResult::unknown_order;
    crash_point("claiming");
  });
  return result;
}

bool purge_dead_letter(postgres::Session& session, const DeadLetter& dead_letter) {
  bool is_known = false;
  session.transact([&](pqxx::work& work) {
    is_known = lock_order(work, dead_letter);
    if (!is_known) return;
    work.exec_params0(kPurge, dead_letter.order_id, dead_letter.stage, dead_letter.redrive, reason_of(dead_letter));
  });
  return is_known;
}

}  // namespace esteira::runtime::orders
