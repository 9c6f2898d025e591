#include "runtime/orders/operations/owed_orders.hpp"

#include "runtime/orders/operations/refusals.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

/// Failed and cancelled orders that were paid, are at rest and have no kept dead letter.
std::string paid_in_vain() {
  return std::string(R"(
  select o.*, )")
      .append(compensation())
      .append(R"( as compensation
  from orders o
  where (o.failure_reason is not null or o.status = 'cancelled') and o.updated_at < $1::timestamptz
    and not exists (select from outbox x where x.order_id = o.id)
    and not exists (select from scheduled_messages m where m.order_id = o.id)
    and not exists (select from dead_letter_messages m where m.order_id = o.id)
    and not exists (select from order_events e where e.order_id = o.id and e.created_at >= $1::timestamptz)
    and exists (select from order_events e
                where e.order_id = o.id and e.outcome = 'done' and e.status in ('paid', 'shipped')))");
}

/// The last refusal or cancellation of an order, if any, with the stages that get its event.
std::string last_ending() {
  return std::string(R"((
  select ending.stage, ending.routing_key,
         array(select s.stage from registered_stages s
               where s.stage <> ending.stage and ending.routing_key = any (s.bound_keys)) as receivers
  from order_events ending
  where ending.order_id = o.id and )")
      .append(kIsEnding)
      .append(R"(
  order by ending.created_at desc limit 1))");
}

/// That the failure `e` may be one of a stage that would undo the payment, and has left a dead letter. Without a
/// refusal or cancellation, any dead letter of the order decides what becomes of it.
constexpr const char* kIsDeadLetter = R"((
  e.order_id = o.id and e.entry_kind = 'result' and e.outcome = 'failed' and e.routing_key is null
  and (ending.stage is null or e.stage = any (ending.receivers)
       or not exists (select from registered_stages s where s.stage = e.stage))))";

constexpr const char* kIsPurged = R"((
  exists (select from order_events p where p.order_id = e.order_id and p.stage = e.stage and p.redrive = e.redrive
                                       and p.entry_kind = 'purged')))";

/// That a stage has a message of the order, or had it and lost it: find_stalled looks for that. A scalar subquery stays
/// an index lookup for each of the few orders; "exists" would become a join, and ask this of every event.
std::string is_sent() {
  return std::string(R"((
  select count(*) > 0 from order_events e
  where e.order_id = o.id
    and ()")
      .append(kIsPendingRedrive)
      .append(
          R"( or exists (select from registered_stages s where s.stage <> e.stage and e.routing_key = any (s.bound_keys))
         and )")
      .append(is_unanswered("$3"))
      .append("))");
}

constexpr const char* kDetail = R"(
  case when ending.stage is null then 'failed after it was paid'
       when o.status = 'cancelled' then 'was cancelled' else 'was refused' end ||
  case when is_given_up then ', and its dead letter was purged'
       when ending.receivers = '{}' then ', and no stage gets the event ' || ending.routing_key || ' of ' || ending.stage ||
                                         ': start one that undoes the payment'
       else ', and no stage that got the event ' || ending.routing_key || ' of ' || ending.stage ||
            ' has undone the payment' end || '; ' || )";

std::string find_owed_statement() {
  return std::string("with paid_in_vain as materialized (")
      .append(paid_in_vain())
      .append(") select o.id, is_given_up, ")
      .append(kDetail)
      .append(kOwedMoney)
      .append(" as detail from paid_in_vain o left join lateral ")
      .append(last_ending())
      .append(" ending on true cross join lateral (select exists (select from order_events e where ")
      .append(kIsDeadLetter)
      .append(" and ")
      .append(kIsPurged)
      .append(R"() and not exists (
    select from unnest(ending.receivers) as receiver
    where not exists (select from order_events e where e.order_id = o.id and e.stage = receiver
                                                   and e.entry_kind = 'result')) as is_given_up) purge
where (o.compensation = 'owed' or o.compensation = 'none' and is_given_up)
  and not (o.failure_reason is not null and exists (
    select from order_events e where e.redrive = o.redrives and )")
      .append(kIsDeadLetter)
      .append(" and not ")
      .append(kIsPurged)
      .append(")) and not ")
      .append(is_sent())
      .append(" order by o.updated_at limit $2");
}

}  // namespace

std::vector<OwedOrder> find_owed(postgres::Session& session, const std::string& cutoff, std::size_t limit,
                                 const std::vector<std::string>& optional_events) {
  std::vector<OwedOrder> found;
  session.read([&](pqxx::transaction_base& work) {
    found.clear();
    for (const auto& row :
         work.exec_params(find_owed_statement(), cutoff, limit, postgres::array_literal(optional_events))) {
      found.push_back({row["id"].c_str(), row["detail"].c_str(), row["is_given_up"].as<bool>()});
    }
  });
  return found;
}

}  // namespace esteira::runtime::orders
