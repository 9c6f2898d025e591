#include "runtime/orders/store/order_store.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "runtime/orders/envelope/envelope.hpp"
#include "runtime/orders/store/index_plans.hpp"
#include "runtime/orders/store/money_text.hpp"
#include "runtime/orders/store/outbox_statements.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/hex.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

/// An order is stored when it has no key, or when its key is new; one that is there already (a repeated batch) is left
/// alone with all that belongs to it.
constexpr const char* kStore = R"(
with input as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::numeric[], $7::text[],
                       $8::text[], $9::text[], $10::text[])
    as i (id, key, hash, workflow, customer_id, total, exchange, routing_key, traceparent, body)
), claimed as (
  insert into idempotency_keys (key, order_id, request_hash)
  select key, id, hash from input where key is not null order by key
  on conflict on constraint idempotency_keys_pk do nothing
  returning order_id
), stored as (
  insert into orders (id, workflow, customer_id, total_amount)
  select id, workflow, customer_id, total from input
  where key is null or id in (select order_id from claimed)
  on conflict on constraint orders_pk do nothing
  returning id
), lines as (
  insert into order_items (order_id, line, sku, qty, unit_price)
  select * from unnest($11::uuid[], $12::integer[], $13::text[], $14::bigint[], $15::numeric[])
    as l (order_id, line, sku, qty, unit_price)
  where (order_id in (select id from stored)) is true
), accepted as (
  insert into order_events (order_id, stage, redrive, retry, outcome, attempt, routing_key)
  select id, 'api', 0, 0, 'accepted', 1, routing_key from input where (id in (select id from stored)) is true
), waiting as (
  insert into outbox (order_id, exchange, routing_key, traceparent, body)
  select id, exchange, routing_key, traceparent, body from input where (id in (select id from stored)) is true
)
select order_id from claimed)";

constexpr const char* kKeys = R"(
select i.n, k.order_id, k.request_hash = i.hash
from unnest($1::text[], $2::bytea[]) with ordinality as i (key, hash, n) join idempotency_keys k on k.key = i.key)";

std::string bytea_text(const std::string& bytes) {
  return "\\x" + to_hex(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

/// Indices of a batch.
using Picks = std::vector<std::size_t>;

/// By key, so that two sessions that wait for each other's keys never wait in a ring; of those with one key, the first
/// of the batch.
struct WritePlan {
  Picks writers;
  Picks repeaters;  ///< have the key of a writer
};

WritePlan order_of_writing(const std::vector<NewOrder>& batch) {
  Picks sorted(batch.size());
  std::iota(sorted.begin(), sorted.end(), 0U);
  std::ranges::stable_sort(sorted, {}, [&](std::size_t i) { return std::string_view(batch[i].idempotency_key); });
  WritePlan order;
  const std::string* last = nullptr;
  for (const auto index : sorted) {
    const auto& key = batch[index].idempotency_key;
    const bool repeated = !key.empty() && last != nullptr && *last == key;
    (repeated ? order.repeaters : order.writers).push_back(index);
    last = &key;
  }
  return order;
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

/// Sends the orders; the ids of those whose key is new.
std::set<std::string> write_orders(pqxx::transaction_base& work, const std::vector<NewOrder>& batch,
                                   const Picks& writers) {
  ArrayLiteral ids, keys, hashes, workflows, customers, totals, exchanges, routing_keys, traceparents, bodies;
  ItemColumns items;
  for (const auto index : writers) {
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
    items.add(order.order);
  }
  std::set<std::string> claimed;
  for (const auto& row : work.exec_prepared("intake_store", ids.str(), keys.str(), hashes.str(), workflows.str(),
                                            customers.str(), totals.str(), exchanges.str(), routing_keys.str(),
                                            traceparents.str(), bodies.str(), items.ids.str(), items.lines.str(),
                                            items.skus.str(), items.quantities.str(), items.prices.str())) {
    claimed.insert(row[0].c_str());
  }
  return claimed;
}

/// Answers those whose key was there before, from what stands under it.
void answer_losers(pqxx::transaction_base& work, const std::vector<NewOrder>& batch, const Picks& duplicates,
                   std::vector<StoreResult>& answers) {
  ArrayLiteral keys;
  ArrayLiteral hashes;
  for (const auto index : duplicates) {
    keys.add(batch[index].idempotency_key);
    hashes.add(bytea_text(batch[index].request_hash));
  }
  const auto rows = work.exec_prepared("intake_keys", keys.str(), hashes.str());
  if (rows.size() < duplicates.size())
    throw postgres::Unavailable("an idempotency key was pruned while it was asked for");
  for (const auto& row : rows) {
    const auto index = duplicates.at(row[0].as<std::size_t>() - 1);
    auto& answer = answers[index];
    answer.order_id = row[1].c_str();
    const bool own = answer.order_id == batch[index].order.order_id;
    if (own) continue;
    answer.status = row[2].as<bool>() ? StoreResult::Status::replayed : StoreResult::Status::conflict;
  }
}

}  // namespace

void prepare_order_store(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("intake_store", kStore);
  connection.prepare("intake_keys", kKeys);
  prepare_outbox(connection);
}

std::vector<StoreResult> store_orders(postgres::Session& session, const std::vector<NewOrder>& batch) {
  std::vector<StoreResult> answers;
  if (batch.empty()) return answers;
  const auto order = order_of_writing(batch);
  session.write([&](pqxx::transaction_base& work) {
    answers.clear();
    for (const auto& entry : batch) answers.push_back({StoreResult::Status::created, entry.order.order_id});
    const auto claimed = write_orders(work, batch, order.writers);
    auto duplicates = order.repeaters;
    for (const auto index : order.writers) {
      const auto& entry = batch[index];
      if (!entry.idempotency_key.empty() && !claimed.contains(entry.order.order_id)) duplicates.push_back(index);
    }
    if (!duplicates.empty()) answer_losers(work, batch, duplicates, answers);
  });
  return answers;
}

OutboxEvent first_event(const Message& order, std::string exchange, std::string routing_key) {
  return {order.order_id, std::move(exchange), std::move(routing_key), 0, order.traceparent, write_envelope(order)};
}

}  // namespace esteira::runtime::orders
