#include "runtime/orders/operations/redrive.hpp"

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

/// The lock is a statement of its own, so that the next one sees all that was committed while this one waited.
constexpr const char* kLockOrder = "select status, redrives from orders where id = $1::uuid for update";

/// Why the letter may go back: the order failed at this stage in this run, or nobody but the broker ended the stage.
/// The claim also ends that run for good, so that a copy of its message that turns up later is not worked on beside the
/// new run.
constexpr const char* kRedrive = R"(
with ended as (
  select (select e.outcome from order_events e
          where e.order_id = $1::uuid and e.stage = $2 and e.redrive = $3::integer and e.retry = 0) as outcome
), claimed as (
  insert into order_events (order_id, stage, redrive, retry, outcome, attempt, detail, status)
  select o.id, $2::text, $3::integer + 1, -1, 'redriven', 1, $4::text, 'processing' from orders o, ended
  where o.id = $1::uuid and o.redrives = $3::integer
    and (o.status = 'failed' and ended.outcome = 'failed'
         or o.status not in ('failed', 'completed') and ended.outcome is null)
  on conflict on constraint order_events_pk do nothing
  returning order_id, redrive
), closed as (
  insert into order_events (order_id, stage, redrive, retry, outcome, attempt, detail, status)
  select order_id, $2::text, $3::integer, 0, 'failed', 1, $4::text, 'failed' from claimed
  on conflict on constraint order_events_pk do nothing
), waiting as (
  insert into outbox (order_id, exchange, routing_key, redrive, traceparent, body)
  select order_id, '', $5::text, redrive, $6::text, $7::text from claimed
  on conflict on constraint outbox_pk do nothing
)
update orders o
set status = case o.status when 'failed' then 'processing' else greatest(o.status, 'processing') end,
    failure_reason = null, redrives = c.redrive,
    updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
from claimed c where o.id = c.order_id
returning o.id)";

/// Whether the order has left this letter behind.
constexpr const char* kLeftBehind = R"(
select o.redrives > $3::integer or o.status = 'completed'
       or exists (select from order_events e where e.order_id = o.id and e.stage = $2 and e.redrive = $3::integer
                                               and e.outcome = 'done')
from orders o where o.id = $1::uuid)";

/// Throwing away a letter that its order has left behind, because the stage is done, is no news for the timeline.
constexpr const char* kPurge = R"(
with ended as (
  select exists (select from order_events e where e.order_id = $1::uuid and e.stage = $2
                                              and e.redrive = $3::integer and e.retry = 0) as yes
), noted as (
  insert into order_events (order_id, stage, redrive, retry, outcome, attempt, detail)
  select $1::uuid, $2::text, $3::integer, -2, 'purged', 1, $4
  where not exists (select from order_events e where e.order_id = $1::uuid and e.stage = $2 and e.outcome = 'done')
  on conflict on constraint order_events_pk do nothing
), failed as (
  update orders o
  set status = 'failed', failure_reason = 'thrown away by hand: ' || $4::text,
      updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
  from ended
  where o.id = $1::uuid and o.redrives = $3::integer and not ended.yes
    and order_status_may_become(o.status, 'failed')
  returning o.id
)
insert into order_events (order_id, stage, redrive, retry, outcome, attempt, detail, status)
select id, $2::text, $3::integer, 0, 'failed', 1, $4::text, 'failed' from failed)";

std::string reason_of(const DeadLetter& letter) {
  return letter.reason.empty() ? "given up by the broker: delivered too often without an outcome" : letter.reason;
}

bool lock_order(pqxx::work& work, const DeadLetter& letter) {
  return canonical_uuid(letter.order_id) && !work.exec_params(kLockOrder, letter.order_id).empty();
}

RedriveResult redrive_locked(pqxx::work& work, const DeadLetter& letter) {
  const auto moved = work.exec_params(kRedrive, letter.order_id, letter.stage, letter.redrive, reason_of(letter),
                                      letter.queue, letter.traceparent, letter.body);
  if (!moved.empty()) return RedriveResult::redriven;
  const auto row = work.exec_params1(kLeftBehind, letter.order_id, letter.stage, letter.redrive);
  return row[0].as<bool>() ? RedriveResult::stale : RedriveResult::refused;
}

}  // namespace

RedriveResult redrive_dead_letter(postgres::Session& session, const DeadLetter& letter) {
  auto fate = RedriveResult::unknown_order;
  session.transact([&](pqxx::work& work) {
    fate = lock_order(work, letter) ? redrive_locked(work, letter) : RedriveResult::unknown_order;
    crash_point("claiming");
  });
  return fate;
}

RedriveResult purge_dead_letter(postgres::Session& session, const DeadLetter& letter) {
  auto fate = RedriveResult::unknown_order;
  session.transact([&](pqxx::work& work) {
    fate = RedriveResult::unknown_order;
    if (!lock_order(work, letter)) return;
    work.exec_params0(kPurge, letter.order_id, letter.stage, letter.redrive, reason_of(letter));
    fate = RedriveResult::purged;
  });
  return fate;
}

}  // namespace esteira::runtime::orders
