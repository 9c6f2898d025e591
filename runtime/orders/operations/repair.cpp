#include "runtime/orders/operations/repair.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/logging/log.hpp"
#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/operations/order_message.hpp"
#include "runtime/orders/operations/refusals.hpp"
#include "runtime/orders/store/order_reader.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr std::size_t kMaxOrdersInBatch = 200;

/// The next message is the event of the last stage that is done in the order's latest redrive. When no stage is done in
/// that redrive, it is the message of the stage to which the order was redriven, or, for an order that was never
/// redriven, the first event of its workflow, as its timeline has it. An order whose last stage published nothing, or
/// completed it, gets no message.
constexpr const char* kInsertUnfinished = R"(
insert into outbox (order_id, exchange, routing_key, redrive, body)
select o.id,
       case when done.created_at is null and redriven.stage is not null then '' else $4::text end,
       case when done.created_at is not null then done.routing_key
            when redriven.stage is not null then $4::text || '.' || redriven.stage
            else coalesce(accepted.routing_key, $5::text) end,
       o.redrives, i.body
from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as i (order_id, updated_at, body)
join orders o on o.id = i.order_id and o.updated_at = i.updated_at
left join lateral (
  select created_at, routing_key, status from order_events e
  where e.order_id = o.id and e.redrive = o.redrives and e.outcome = 'done' order by created_at desc limit 1) done on true
left join lateral (
  select stage from order_events e
  where e.order_id = o.id and e.redrive = o.redrives and e.outcome = 'redriven' limit 1) redriven on true
left join lateral (
  select routing_key from order_events e
  where e.order_id = o.id and e.entry_kind = 'accepted' limit 1) accepted on true
where o.status < 'completed'
  and not exists (select from scheduled_messages m where m.order_id = o.id)
  and (done.created_at is null or done.routing_key is not null and done.status is distinct from 'completed')
order by o.id
on conflict on constraint outbox_pk do nothing)";

/// The last event of a refused or cancelled order that no stage has answered: it has the redrive in which it was
/// published, so that stages recognise a copy. Or the message of the stage to which the order was redriven since.
std::string insert_refused() {
  return std::string(R"(
insert into outbox (order_id, exchange, routing_key, redrive, body)
select o.id, case w.entry_kind when 'redriven' then '' else $4::text end,
       case w.entry_kind when 'redriven' then $4::text || '.' || w.stage else w.routing_key end, w.redrive, i.body
from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as i (order_id, updated_at, body)
join orders o on o.id = i.order_id and o.updated_at = i.updated_at
cross join lateral (
  select e.entry_kind, e.stage, e.routing_key, e.redrive from order_events e
  where e.order_id = o.id and ()")
      .append(is_unanswered("$5"))
      .append(" or ")
      .append(kIsPendingRedrive)
      .append(R"()
  order by e.entry_kind = 'redriven' desc, e.created_at desc limit 1) w
where o.status in ('failed', 'cancelled')
  and not exists (select from scheduled_messages m where m.order_id = o.id)
  and )")
      .append(is_cancelled_or_refused())
      .append(R"(
order by o.id
on conflict on constraint outbox_pk do nothing)");
}

/// The new messages begin with the first attempt: no message that was scheduled before may supersede them.
std::string not_superseded(const std::string& insert) {
  return "with repaired as (" + insert + R"( returning order_id, redrive
), not_superseding as (
  update order_events e set due_at = null
  from repaired r where e.order_id = r.order_id and e.redrive = r.redrive and e.due_at is not null
)
select order_id from repaired)";
}

std::size_t repair_batch(postgres::Session& session, const std::vector<OrderSnapshot>& snapshots,
                         const RepairTarget& target) {
  std::vector<std::string> order_ids;
  order_ids.reserve(snapshots.size());
  for (const auto& snapshot : snapshots) order_ids.push_back(snapshot.order_id);
  auto orders = read_readable_orders(
      session, order_ids, TerminalCheck::skip, [](const std::string& id, const std::string& error) {
        log::error("an order cannot be read and is not repaired", {{"order_id", id}, {"error", error}});
      });
  postgres::ArrayLiteral ids, times, bodies;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    auto& order = orders[i];
    if (!order) continue;
    ids.add(order->id);
    times.add(snapshots[i].updated_at);
    bodies.add(write_envelope(order_message(std::move(*order))));
  }
  std::size_t repaired = 0;
  session.transact([&](pqxx::work& work) {
    repaired = work.exec_prepared("repair_unfinished", ids.str(), times.str(), bodies.str(), target.exchange,
                                  target.first_event)
                   .size();
    repaired += work.exec_prepared("repair_refused", ids.str(), times.str(), bodies.str(), target.exchange,
                                   postgres::array_literal(target.optional_events))
                    .size();
  });
  return repaired;
}

}  // namespace

void prepare_repair(pqxx::connection& connection) {
  prepare_reader(connection);
  connection.prepare("repair_unfinished", not_superseded(kInsertUnfinished));
  connection.prepare("repair_refused", not_superseded(insert_refused()));
}

std::size_t repair_orders(postgres::Session& session, const std::vector<OrderSnapshot>& snapshots,
                          const RepairTarget& target) {
  std::size_t repaired = 0;
  for (std::size_t begin = 0; begin < snapshots.size(); begin += kMaxOrdersInBatch) {
    const auto end = std::min(begin + kMaxOrdersInBatch, snapshots.size());
    repaired += repair_batch(
        session,
        {snapshots.begin() + static_cast<std::ptrdiff_t>(begin), snapshots.begin() + static_cast<std::ptrdiff_t>(end)},
        target);
  }
  return repaired;
}

}  // namespace esteira::runtime::orders
