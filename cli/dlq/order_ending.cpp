#include "cli/dlq/order_ending.hpp"

#include "runtime/orders/operations/refusals.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;

std::string ending_statement() {
  return std::string(R"(
select 'order ' || o.id || case
         when o.status = 'cancelled' then ' is cancelled'
         when starts_with(refusal.detail, $2) then ' was given up already at the stage ' || refusal.stage
         else ' was refused by the stage ' || refusal.stage end ||
       case )")
      .append(orders::compensation())
      .append(R"( when 'done' then ', and its payment was refunded'
         when 'owed' then ', and its payment is to be refunded' else '' end as ending,
       coalesce(o.status <> 'cancelled' and starts_with(refusal.detail, $2), false) as is_given_up
from orders o
left join lateral (
  select e.stage, e.detail from order_events e
  where e.order_id = o.id and e.entry_kind = 'result' and e.outcome = 'failed' and e.routing_key is not null
  order by e.created_at desc limit 1) refusal on true
where o.id = $1::uuid and (o.status = 'cancelled' or o.status = 'failed' and refusal.stage is not null))");
}

}  // namespace

OrderEnding read_ending(DlqSession& session, const std::string& order_id) {
  OrderEnding ending;
  session.database.read([&](pqxx::transaction_base& work) {
    const auto rows = work.exec_params(ending_statement(), order_id, orders::kGivenUpByHand);
    ending = rows.empty() ? OrderEnding() : OrderEnding{rows[0]["ending"].c_str(), rows[0]["is_given_up"].as<bool>()};
  });
  return ending;
}

}  // namespace esteira::cli
