#include "bench/ceiling/bare_database.hpp"

#include <algorithm>
#include <utility>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/store/index_plans.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::bench {
namespace {

constexpr auto kBareStore = R"(
with input as materialized (select * from unnest($1::uuid[], $2::text[]) as i (id, body)),
inserted_keys as (insert into idempotency_keys (key, order_id, request_hash) select id::text, id, '\x0123456789abcdef' from input),
inserted_items as (insert into order_items (order_id, line, sku, qty)
          select id, l.line, l.sku, l.qty from input, (values (1, 'SKU-1', 2), (2, 'SKU-2', 1)) as l (line, sku, qty)),
inserted_events as (insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt)
           select id, 'api', 0, 'accepted', 'accepted', 1 from input),
inserted_outbox_rows as (insert into outbox (order_id, exchange, routing_key, body)
            select id, 'orders', 'order.created', body from input)
insert into orders (id, workflow, customer_id) select id, 'default', '123' from input)";

constexpr auto kBareDeleteOutbox =
    "delete from outbox where order_id = any($1::uuid[]) and exchange = 'orders' and routing_key = 'order.created' "
    "and redrive = 0";

constexpr auto kBareRecord = R"(
with inserted_events as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, routing_key, status)
  select id, $2, 0, 'result', 'done', 1, 'order.next', $3::order_status from unnest($1::uuid[]) as i (id)
  on conflict on constraint order_events_pk do nothing returning order_id
), saved_enrichments as (
  insert into order_enrichments (order_id, stage, data)
  select order_id, $2, '{"score":39,"supplier":"simulated"}' from inserted_events where $2 = 'enrich'
)
update orders o set status = $3::order_status, updated_at = now() from inserted_events e
where o.id = e.order_id and order_status_may_become(o.status, $3::order_status))";

}  // namespace

BareDatabase::BareDatabase(const std::string& url) : connection_(url) {
  runtime::orders::force_index_plans(connection_);
  connection_.prepare("store", kBareStore);
  connection_.prepare("published", kBareDeleteOutbox);
  connection_.prepare("apply", kBareRecord);
}

std::string BareDatabase::store(std::vector<Message> orders) {
  std::ranges::sort(orders, {}, &Message::order_id);
  runtime::postgres::ArrayLiteral ids;
  runtime::postgres::ArrayLiteral bodies;
  for (const auto& order : orders) {
    ids.add(order.order_id);
    bodies.add(runtime::orders::write_envelope(order));
  }
  // Without begin and commit the statement is its own transaction, in one round trip.
  pqxx::nontransaction(connection_).exec_prepared0("store", ids.str(), bodies.str());
  return ids.str();
}

void BareDatabase::delete_outbox_rows(const std::string& ids) {
  pqxx::nontransaction(connection_).exec_prepared0("published", ids);
}

void BareDatabase::record_stage(const std::string& ids, const BareStage& stage) {
  pqxx::nontransaction(connection_).exec_prepared0("apply", ids, stage.name, stage.status);
}

}  // namespace esteira::bench
