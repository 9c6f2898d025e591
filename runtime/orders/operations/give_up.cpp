#include "runtime/orders/operations/give_up.hpp"

#include <array>
#include <string_view>

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/operations/refusals.hpp"
#include "runtime/text/utf8.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr std::size_t kMaxGiveUpReason = 8192;

/// A statement of its own, so that the next statement sees everything that was committed while this one waited.
constexpr const char* kLockGivenUp = "select from orders where id = $1::uuid for update";

/// The result has the time of the refusal: what other stages did before is no answer to its event. now() would be the
/// time before the wait for the lock. The reason of an earlier refusal stays that of the order.
std::string give_up_statement() {
  return std::string(R"(
with given_up as (
  select o.id, )")
      .append(kIsRefused)
      .append(R"( as was_refused
  from orders o
  left join order_events e on e.order_id = o.id and e.stage = $2 and e.redrive = o.redrives and e.entry_kind = 'result'
  where o.id = $1::uuid and o.redrives = $3::integer
    and (e.order_id is null and o.status <> 'completed'
         or e.outcome = 'failed' and e.routing_key is null and o.status in ('failed', 'cancelled'))
    and not exists (select from order_events p where p.order_id = o.id and p.stage = $2
                                                 and (p.outcome = 'done' or p.redrive = o.redrives and p.entry_kind = 'purged'))
), refusals as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, detail, routing_key, status,
                            created_at)
  select id, $2::text, $3::integer, 'result', 'failed', 1, $4::text, $5::text, 'failed', clock_timestamp() from given_up
  on conflict on constraint order_events_pk do update
  set detail = excluded.detail, routing_key = excluded.routing_key, created_at = excluded.created_at
), inserted_outbox_rows as (
  insert into outbox (order_id, exchange, routing_key, redrive, traceparent, body)
  select id, $6::text, $5::text, $3::integer, $7::text, $8::text from given_up
  on conflict on constraint outbox_pk do nothing
)
update orders o
set status = case when order_status_may_become(o.status, 'failed') then 'failed' else o.status end,
    failure_reason = case when o.status <= 'failed' and not g.was_refused then $4::text else o.failure_reason end,
    cancel_requested_at = null,
    updated_at = greatest(now(), o.updated_at + interval '1 microsecond')
from given_up g where o.id = g.id
returning o.id)");
}

/// Why nothing was written: the kind, and what the order is.
constexpr const char* kExplainGiveUp = R"(
select case when e.routing_key is not null and e.outcome = 'failed' and starts_with(e.detail, given_up_by_hand) then 0
            when o.redrives < $3::integer then 2 else 1 end as kind,
       case when e.routing_key is not null and e.outcome = 'failed' and starts_with(e.detail, given_up_by_hand)
              then 'was given up already'
            when o.redrives < $3::integer then 'has not been redriven as often as the dead letter says'
            when o.status in ('completed', 'cancelled') then 'is ' || o.status
            when o.redrives > $3::integer then 'was redriven meanwhile'
            when e.routing_key is not null and e.outcome = 'failed' then 'was refused by the stage itself'
            when exists (select from order_events p where p.order_id = o.id and p.stage = $2
                         and p.redrive = $3::integer and p.entry_kind = 'purged') then 'has no dead letter: it was purged'
            else 'has passed the stage' end as state
from (select $4::text as given_up_by_hand) constants, orders o
left join order_events e on e.order_id = o.id and e.stage = $2 and e.redrive = $3::integer and e.entry_kind = 'result'
where o.id = $1::uuid)";

constexpr std::array kUnwritten{GiveUpResult::Kind::already, GiveUpResult::Kind::moved_on, GiveUpResult::Kind::refused};

GiveUpResult give_up_locked(pqxx::work& work, const GiveUp& give_up) {
  const auto& event = give_up.event;
  const auto written =
      work.exec_params(give_up_statement(), give_up.order_id, give_up.stage, give_up.redrive, give_up.reason,
                       event.routing_key, event.exchange, event.traceparent, event.body);
  if (!written.empty()) return {GiveUpResult::Kind::given_up};
  const auto row = work.exec_params1(kExplainGiveUp, give_up.order_id, give_up.stage, give_up.redrive, kGivenUpByHand);
  return {kUnwritten.at(row["kind"].as<std::size_t>()), row["state"].c_str()};
}

std::string refusal_reason(const std::string& original_reason, const std::string& note) {
  const auto why = note.empty() ? original_reason : note + " (it failed with: " + original_reason + ")";
  return clean_utf8(kGivenUpByHand + why, kMaxGiveUpReason);
}

}  // namespace

GiveUp make_give_up(const DeadLetter& letter, const std::string& note, const std::string& exchange,
                    const std::string& refused_event) {
  GiveUp give_up{letter.order_id, letter.stage, letter.redrive, refusal_reason(reason_of(letter), note), {}};
  const auto data = refusal_data(give_up.reason);
  give_up.event = {letter.order_id,    exchange,
                   refused_event,      letter.redrive,
                   letter.traceparent, write_envelope(read_envelope(letter.body), {letter.stage, data, std::nullopt})};
  return give_up;
}

GiveUpResult give_up_dead_letter(postgres::Session& session, const GiveUp& give_up) {
  const GiveUpResult unknown{GiveUpResult::Kind::unknown_order, "is not in the database"};
  auto result = unknown;
  session.transact([&](pqxx::work& work) {
    const bool is_known = canonical_uuid(give_up.order_id) && !work.exec_params(kLockGivenUp, give_up.order_id).empty();
    result = is_known ? give_up_locked(work, give_up) : unknown;
    crash_point("claiming");
  });
  return result;
}

}  // namespace esteira::runtime::orders
