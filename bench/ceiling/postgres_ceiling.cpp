#include <algorithm>
#include <array>
#include <future>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "bench/ceiling/ceilings.hpp"
#include "bench/ceiling/sample_order.hpp"
#include "runtime/lifecycle/batch_queue.hpp"
#include "runtime/orders/envelope.hpp"
#include "runtime/orders/plans.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::bench {
namespace {

using runtime::postgres::ArrayLiteral;
/// The ids of a batch as an array, sorted.
using Batches = runtime::BatchQueue<std::string>;

constexpr auto kCeilingStore = R"(
with input as materialized (select * from unnest($1::uuid[], $2::text[]) as i (id, body)),
keys as (insert into idempotency_keys (key, order_id, request_hash) select id::text, id, '\x0123456789abcdef' from input),
lines as (insert into order_items (order_id, line, sku, qty)
          select id, l.line, l.sku, l.qty from input, (values (1, 'SKU-1', 2), (2, 'SKU-2', 1)) as l (line, sku, qty)),
events as (insert into order_events (order_id, stage, redrive, retry, outcome, attempt)
           select id, 'api', 0, 0, 'accepted', 1 from input),
waiting as (insert into outbox (order_id, exchange, routing_key, body)
            select id, 'orders', 'order.created', body from input)
insert into orders (id, workflow, customer_id) select id, 'default', '123' from input)";

constexpr auto kCeilingPublished =
    "delete from outbox where order_id = any($1::uuid[]) and exchange = 'orders' and routing_key = 'order.created' "
    "and redrive = 0";

constexpr auto kCeilingApply = R"(
with landed as (
  insert into order_events (order_id, stage, redrive, retry, outcome, attempt, routing_key, status)
  select id, $2, 0, 0, 'done', 1, 'order.next', $3::order_status from unnest($1::uuid[]) as i (id)
  on conflict on constraint order_events_pk do nothing returning order_id
), kept as (
  insert into order_enrichments (order_id, stage, data)
  select order_id, $2, '{"score":39,"supplier":"simulated"}' from landed where $2 = 'enrich'
)
update orders o set status = $3::order_status, updated_at = now() from landed l
where o.id = l.order_id and order_status_may_become(o.status, $3::order_status))";

struct CeilingStage {
  const char* name;
  const char* status;
};
constexpr std::array<CeilingStage, 3> kCeilingStages{
    {{"process", "processing"}, {"enrich", "processing"}, {"finalize", "completed"}}};

void store_all(const std::string& url, std::size_t orders, std::size_t batch, Batches& next) {
  pqxx::connection connection(url);
  runtime::orders::plan_by_index(connection);
  connection.prepare("store", kCeilingStore);
  connection.prepare("published", kCeilingPublished);
  for (std::size_t first = 0; first < orders; first += batch) {
    std::vector<Message> messages;
    messages.reserve(batch);
    for (auto number = first; number < std::min(orders, first + batch); ++number)
      messages.push_back(sample_order(number));
    std::ranges::sort(messages, {}, &Message::order_id);
    ArrayLiteral ids;
    ArrayLiteral bodies;
    for (const auto& message : messages) {
      ids.add(message.order_id);
      bodies.add(runtime::orders::write_envelope(message));
    }
    // Outside a block a statement is a transaction, in one round trip.
    pqxx::nontransaction(connection).exec_prepared0("store", ids.str(), bodies.str());
    pqxx::nontransaction(connection).exec_prepared0("published", ids.str());
    next.push(ids.str());
  }
  next.close();
}

void apply_all(const std::string& url, const CeilingStage& stage, Batches& batches, Batches* next) {
  pqxx::connection connection(url);
  runtime::orders::plan_by_index(connection);
  connection.prepare("apply", kCeilingApply);
  for (auto taken = batches.pop(1); !taken.empty(); taken = batches.pop(1)) {
    pqxx::nontransaction(connection).exec_prepared0("apply", taken.front(), stage.name, stage.status);
    if (next != nullptr) next->push(std::move(taken.front()));
  }
  if (next != nullptr) next->close();
}

}  // namespace

void run_postgres_ceiling(const std::string& url, std::size_t orders, std::size_t batch) {
  std::array<Batches, kCeilingStages.size()> queues;
  std::vector<std::future<void>> sessions;
  sessions.reserve(queues.size() + 1);
  sessions.push_back(std::async(std::launch::async, [&] { store_all(url, orders, batch, queues[0]); }));
  for (std::size_t i = 0; i < queues.size(); ++i) {
    auto* const next = i + 1 < queues.size() ? &queues[i + 1] : nullptr;
    sessions.push_back(
        std::async(std::launch::async, [&, i, next] { apply_all(url, kCeilingStages[i], queues[i], next); }));
  }
  for (auto& session : sessions) session.get();
}

}  // namespace esteira::bench
