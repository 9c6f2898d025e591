#include "runtime/orders/store/order_store.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/store/index_plans.hpp"
#include "runtime/orders/store/money_text.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/hex.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

/// Stores each order that has no idempotency key or a new one. An order that exists already, because the batch is
/// repeated, is left as it is, and so is everything that belongs to it.
constexpr const char* kStore = R"(
with input as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::numeric[], $7::text[],
                       $8::text[], $9::text[], $10::text[], $16::text[])
    as i (id, key, hash, workflow, customer_id, total, exchange, routing_key, traceparent, body, client)
), inserted_keys as (
  insert into idempotency_keys (client, key, order_id, request_hash)
  select client, key, id, hash from input where key is not null order by client, key
  on conflict on constraint idempotency_keys_pk do nothing
  returning order_id
), inserted_orders as (
  insert into orders (id, workflow, customer_id, total_amount, client)
  select id, workflow, customer_id, total, client from input
  where key is null or id in (select order_id from inserted_keys)
  on conflict on constraint orders_pk do nothing
  returning id
), inserted_items as (
  insert into order_items (order_id, line, sku, qty, unit_price)
  select * from unnest($11::uuid[], $12::integer[], $13::text[], $14::bigint[], $15::numeric[])
    as l (order_id, line, sku, qty, unit_price)
  where (order_id in (select id from inserted_orders)) is true
), inserted_events as (
  insert into order_events (order_id, stage, redrive, entry_kind, outcome, attempt, routing_key)
  select id, 'api', 0, 'accepted', 'accepted', 1, routing_key from input where (id in (select id from inserted_orders)) is true
), inserted_outbox_rows as (
  insert into outbox (order_id, exchange, routing_key, traceparent, body)
  select id, exchange, routing_key, traceparent, body from input where (id in (select id from inserted_orders)) is true
)
select order_id from inserted_keys)";

constexpr const char* kFindKeys = R"(
select i.n, k.order_id, k.request_hash = i.hash as same_request
from unnest($1::text[], $2::bytea[], $3::text[]) with ordinality as i (key, hash, client, n)
join idempotency_keys k on k.client = i.client and k.key = i.key)";

constexpr const char* kPruneKeys = R"(
delete from idempotency_keys where (client, key) in (
  select client, key from idempotency_keys where created_at < now() - make_interval(secs => $1)
  order by created_at limit $2 for update skip locked))";

std::string bytea_text(const std::string& bytes) {
  return "\\x" + to_hex(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

/// Indices in a batch.
using Indices = std::vector<std::size_t>;

/// Which orders of a batch to write. They are sorted by key, so that two sessions whose batches share keys never
/// deadlock.
struct WritePlan {
  Indices first;     ///< the first order of each key, and all orders without a key
  Indices repeated;  ///< the other orders of each key
};

std::pair<std::string_view, std::string_view> client_and_key(const NewOrder& order) {
  return {order.client, order.idempotency_key};
}

WritePlan plan_writes(const std::vector<NewOrder>& batch) {
  Indices sorted(batch.size());
  std::iota(sorted.begin(), sorted.end(), 0U);
  std::ranges::stable_sort(sorted, {}, [&](std::size_t i) { return client_and_key(batch[i]); });
  WritePlan plan;
  const NewOrder* last = nullptr;
  for (const auto index : sorted) {
    const auto& order = batch[index];
    const bool has_key = !order.idempotency_key.empty();
    const bool repeated = has_key && last != nullptr && client_and_key(*last) == client_and_key(order);
    (repeated ? plan.repeated : plan.first).push_back(index);
    last = &order;
  }
  return plan;
}

struct ItemColumns {
  ArrayLiteral ids, lines, skus, quantities, prices;

  void add(const Message& order) {
    std::int64_t line = 0;
    for (const auto& item : order.items) {
      ids.add(order.order_id);
      lines.add(++line);
      skus.add(item.sku);
      quantities.add(item.qty);
      prices.add(money_text(item.unit_price));
    }
  }
};

/// Writes the orders, and returns the ids of those whose key is new.
std::set<std::string> write_orders(pqxx::transaction_base& work, const std::vector<NewOrder>& batch,
                                   const Indices& indices) {
  ArrayLiteral ids, keys, hashes, workflows, customers, totals, exchanges, routing_keys, traceparents, bodies, clients;
  ItemColumns items;
  for (const auto index : indices) {
    const auto& order = batch[index];
    ids.add(order.order.order_id);
    order.idempotency_key.empty() ? keys.add_null() : keys.add(order.idempotency_key);
    hashes.add(bytea_text(order.request_hash));
    workflows.add(order.order.workflow);
    customers.add(order.order.customer_id);
    totals.add(money_text(order.order.total));
    exchanges.add(order.event.exchange);
    routing_keys.add(order.event.routing_key);
    traceparents.add(order.order.traceparent);
    bodies.add(order.event.body);
    clients.add(order.client);
    items.add(order.order);
  }
  std::set<std::string> ids_with_new_key;
  for (const auto& row : work.exec_prepared(
           "orders_store", ids.str(), keys.str(), hashes.str(), workflows.str(), customers.str(), totals.str(),
           exchanges.str(), routing_keys.str(), traceparents.str(), bodies.str(), items.ids.str(), items.lines.str(),
           items.skus.str(), items.quantities.str(), items.prices.str(), clients.str())) {
    ids_with_new_key.insert(row["order_id"].c_str());
  }
  return ids_with_new_key;
}

/// Answers the orders whose key existed, from the order that it belongs to.
void answer_duplicates(pqxx::transaction_base& work, const std::vector<NewOrder>& batch, const Indices& duplicates,
                       std::vector<StoreResult>& answers) {
  ArrayLiteral keys;
  ArrayLiteral hashes;
  ArrayLiteral clients;
  for (const auto index : duplicates) {
    clients.add(batch[index].client);
    keys.add(batch[index].idempotency_key);
    hashes.add(bytea_text(batch[index].request_hash));
  }
  const auto rows = work.exec_prepared("idempotency_keys_find", keys.str(), hashes.str(), clients.str());
  if (rows.size() < duplicates.size()) {
    throw postgres::Unavailable("an idempotency key was pruned while it was looked up");
  }
  for (const auto& row : rows) {
    const auto index = duplicates.at(row["n"].as<std::size_t>() - 1);
    auto& answer = answers[index];
    answer.order_id = row["order_id"].c_str();
    const bool is_own_order = answer.order_id == batch[index].order.order_id;
    if (is_own_order) continue;
    answer.status = row["same_request"].as<bool>() ? StoreResult::Status::replayed : StoreResult::Status::conflict;
  }
}

/// An order whose event is as large as that of an order with several hundred items. Random, because PostgreSQL would
/// compress anything else.
NewOrder rehearsed_order() {
  constexpr std::size_t kBodySize = 32768;
  NewOrder order;
  order.order.order_id = ordered_uuid();
  order.order.customer_id = "rehearsal";
  order.order.items = {{"rehearsal", 1, std::nullopt}};
  order.event.order_id = order.order.order_id;
  while (order.event.body.size() < kBodySize) order.event.body += random_uuid();
  return order;
}

}  // namespace

void prepare_order_store(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("orders_store", kStore);
  connection.prepare("idempotency_keys_find", kFindKeys);
  connection.prepare("idempotency_keys_prune", kPruneKeys);
  prepare_outbox(connection);
}

std::vector<StoreResult> store_orders(postgres::Session& session, const std::vector<NewOrder>& batch) {
  std::vector<StoreResult> answers;
  if (batch.empty()) return answers;
  const auto plan = plan_writes(batch);
  session.write([&](pqxx::transaction_base& work) {
    answers.clear();
    for (const auto& entry : batch) answers.push_back({StoreResult::Status::created, entry.order.order_id});
    const auto ids_with_new_key = write_orders(work, batch, plan.first);
    auto duplicates = plan.repeated;
    for (const auto index : plan.first) {
      const auto& entry = batch[index];
      if (!entry.idempotency_key.empty() && !ids_with_new_key.contains(entry.order.order_id)) {
        duplicates.push_back(index);
      }
    }
    if (!duplicates.empty()) answer_duplicates(work, batch, duplicates, answers);
  });
  return answers;
}

void rehearse_store(postgres::Session& session, bool with_rows) {
  std::vector<NewOrder> batch;
  if (with_rows) batch.push_back(rehearsed_order());
  session.rehearse([&](pqxx::work& work) {
    write_orders(work, batch, plan_writes(batch).first);
    std::vector<StoreResult> no_answers;
    answer_duplicates(work, {}, {}, no_answers);
  });
}

OutboxEvent first_event(const Message& order, std::string exchange, std::string routing_key) {
  return {order.order_id, std::move(exchange), std::move(routing_key), 0, order.traceparent, write_envelope(order)};
}

std::size_t prune_idempotency_keys(postgres::Session& session, double age_seconds, std::size_t limit) {
  std::size_t pruned = 0;
  session.transact([&](pqxx::work& work) {
    pruned = work.exec_prepared("idempotency_keys_prune", age_seconds, limit).affected_rows();
  });
  return pruned;
}

}  // namespace esteira::runtime::orders
