#include "runtime/orders/reader.hpp"

#include <nlohmann/json.hpp>

#include "runtime/orders/plans.hpp"
#include "runtime/orders/uuid_text.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

using nlohmann::json;

/// What belongs to an order comes as one JSON list a kind: a row an order, however much there is of it. A completed
/// order is settled unless a stage may still add to it: one that listens to an event of the order (or to a pattern, or
/// to nobody knows what) and is not done.
constexpr const char* kRead = R"(
select i.n, o.id, o.workflow, o.customer_id, o.status, o.total_amount, o.failure_reason,
       to_char(o.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       to_char(o.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       items.list, kept.list, events.list,
       case when o.status = 'completed' then not exists (
         select from known_stages s
         where not exists (select from order_events e
                           where e.order_id = o.id and e.stage = s.stage and e.outcome = 'done')
           and (s.consumes = '{}' or exists (
             select from unnest(s.consumes) as c (key)
             where c.key ~ '[*#]'
                or exists (select from order_events e where e.order_id = o.id and e.routing_key = c.key))))
       else false end
from unnest($1::uuid[]) with ordinality as i (id, n)
join orders o on o.id = i.id
left join lateral (
  select json_agg(json_build_array(sku, qty, unit_price::text) order by line) as list
  from order_items where order_id = o.id) items on true
left join lateral (
  select json_agg(json_build_array(stage, data::text) order by created_at, stage) as list
  from order_enrichments where order_id = o.id) kept on true
left join lateral (
  select json_agg(json_build_array(stage, outcome, attempt, redrive, coalesce(detail, ''),
                                   to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
                  order by at, redrive, stage, retry = 0, retry) as list
  from order_events where order_id = o.id) events on true)";

json list_field(const pqxx::field& field) { return field.is_null() ? json::array() : json::parse(field.c_str()); }

void fill_items(const pqxx::field& field, Order& order) {
  for (const auto& entry : list_field(field)) {
    Item item{entry[0].get<std::string>(), entry[1].get<std::int64_t>(), {}};
    if (entry[2].is_string()) item.unit_price = Money::parse(entry[2].get_ref<const std::string&>());
    order.items.push_back(std::move(item));
  }
}

void fill_timeline(const pqxx::field& field, Order& order) {
  for (const auto& entry : list_field(field)) {
    Event event;
    event.stage = entry[0].get<std::string>();
    event.outcome = entry[1].get<std::string>();
    event.attempt = entry[2].get<int>();
    event.redrive = entry[3].get<int>();
    event.detail = entry[4].get<std::string>();
    event.at = entry[5].get<std::string>();
    order.timeline.push_back(std::move(event));
  }
}

Order read_order(const pqxx::row& row) {
  Order order;
  order.id = row[1].c_str();
  order.workflow = row[2].c_str();
  order.customer_id = row[3].c_str();
  order.status = row[4].c_str();
  order.total = Money::parse(row[5].c_str());
  order.failure_reason = row[6].c_str();
  order.created_at = row[7].c_str();
  order.updated_at = row[8].c_str();
  fill_items(row[9], order);
  for (const auto& entry : list_field(row[10])) {
    order.enrichments.push_back({entry[0].get<std::string>(), entry[1].get<std::string>()});
  }
  fill_timeline(row[11], order);
  order.settled = row[12].as<bool>();
  return order;
}

}  // namespace

void prepare_reader(pqxx::connection& connection) {
  plan_by_index(connection);
  connection.prepare("reader_read", kRead);
}

std::vector<std::optional<Order>> read_orders(postgres::Session& session, const std::vector<std::string>& ids) {
  std::vector<std::optional<Order>> orders(ids.size());
  std::vector<std::size_t> asked;
  postgres::ArrayLiteral literal;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!uuid_text(ids[i])) continue;
    asked.push_back(i);
    literal.add(ids[i]);
  }
  if (asked.empty()) return orders;
  session.read([&](pqxx::transaction_base& work) {
    for (const auto& row : work.exec_prepared("reader_read", literal.str())) {
      orders[asked.at(row[0].as<std::size_t>() - 1)] = read_order(row);
    }
  });
  return orders;
}

}  // namespace esteira::runtime::orders
