#include "runtime/orders/store/dead_letter_counts.hpp"

namespace esteira::runtime::orders {
namespace {

/// The condition on failure_reason is that of the index orders_failed. "offset 0" keeps the planner from starting with
/// order_events, which has many more rows. PostgreSQL refuses to subtract an infinite time. The time of a kept message
/// is its publisher's, whose clock may be ahead; a message that the broker dead-lettered has none.
constexpr const char* kCount = R"(
with failed as materialized (
  select e.stage, count(*) as orders, min(e.created_at) filter (where isfinite(e.created_at)) as oldest_at
  from orders o
  cross join lateral (
    select r.stage, r.created_at from order_events r
    where r.order_id = o.id and r.redrive = o.redrives and r.entry_kind = 'result' and r.outcome = 'failed'
      and r.routing_key is null
      and not exists (select from order_events p where p.order_id = r.order_id and p.stage = r.stage
                                                   and p.redrive = r.redrive and p.entry_kind = 'purged')
    offset 0) e
  where o.failure_reason is not null
  group by e.stage
), kept as materialized (
  select stage, count(*) as messages,
         min(coalesce(died_at, kept_at)) filter (where isfinite(coalesce(died_at, kept_at))) as oldest_at
  from dead_letter_messages
  group by stage
)
select stage, coalesce(failed.orders, 0) as failed_orders, coalesce(kept.messages, 0) as kept_messages,
       greatest(0, extract(epoch from now() - least(failed.oldest_at, kept.oldest_at)))::double precision
         as oldest_seconds
from (select stage from registered_stages union select stage from failed union select stage from kept) known
left join failed using (stage) left join kept using (stage))";

}  // namespace

void prepare_dead_letter_counts(pqxx::connection& connection) { connection.prepare("dead_letter_counts", kCount); }

std::vector<DeadLetterCounts> count_dead_letters(postgres::Session& session) {
  std::vector<DeadLetterCounts> counts;
  session.read([&](pqxx::transaction_base& work) {
    counts.clear();
    for (const auto& row : work.exec_prepared("dead_letter_counts")) {
      counts.push_back({row["stage"].c_str(), row["failed_orders"].as<std::size_t>(),
                        row["kept_messages"].as<std::size_t>(), row["oldest_seconds"].as<double>()});
    }
  });
  return counts;
}

}  // namespace esteira::runtime::orders
