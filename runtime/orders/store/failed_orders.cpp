#include "runtime/orders/store/failed_orders.hpp"

namespace esteira::runtime::orders {
namespace {

/// The condition on failure_reason is that of the index orders_failed. "offset 0" keeps the planner from starting with
/// order_events, which has many more rows. PostgreSQL refuses to subtract an infinite time.
constexpr const char* kCountFailed = R"(
with failed as materialized (
  select e.stage, count(*) as orders,
         extract(epoch from now() - min(e.created_at) filter (where isfinite(e.created_at))) as oldest_seconds
  from orders o
  cross join lateral (
    select r.stage, r.created_at from order_events r
    where r.order_id = o.id and r.redrive = o.redrives and r.entry_kind = 'result' and r.outcome = 'failed'
      and not exists (select from order_events p where p.order_id = r.order_id and p.stage = r.stage
                                                   and p.redrive = r.redrive and p.entry_kind = 'purged')
    offset 0) e
  where o.failure_reason is not null
  group by e.stage
)
select stage, coalesce(failed.orders, 0) as orders,
       coalesce(failed.oldest_seconds, 0)::double precision as oldest_seconds
from (select stage from registered_stages union select stage from failed) known left join failed using (stage))";

}  // namespace

void prepare_failed_orders(pqxx::connection& connection) { connection.prepare("failed_orders_count", kCountFailed); }

std::vector<FailedOrders> count_failed_orders(postgres::Session& session) {
  std::vector<FailedOrders> counts;
  session.read([&](pqxx::transaction_base& work) {
    counts.clear();
    for (const auto& row : work.exec_prepared("failed_orders_count")) {
      counts.push_back({row["stage"].c_str(), row["orders"].as<std::size_t>(), row["oldest_seconds"].as<double>()});
    }
  });
  return counts;
}

}  // namespace esteira::runtime::orders
