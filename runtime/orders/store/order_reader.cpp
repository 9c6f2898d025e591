#include "runtime/orders/store/order_reader.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/orders/store/terminal.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

/// A row for each thing that belongs to an order, all of one moment, and one for each key that a stage listens to. The
/// kinds share their columns; what a kind does not have is null. Rows come as the indexes give them: to sort them or to
/// make JSON of them costs PostgreSQL more than us.
constexpr const char* kRead = R"(
select i.n, part.*
from unnest($1::uuid[]) with ordinality as i (id, n)
cross join lateral (
  select 'order', workflow, customer_id, status::text, failure_reason,
         null::bigint, null::int, null::int, total_amount, created_at, updated_at
  from orders o where o.id = i.id
  union all
  select 'item', sku, null, null, null, qty, line, null, unit_price, null, null
  from order_items where order_id = i.id
  union all
  select 'kept', stage, data::text, null, null, null, null, null, null, created_at, null
  from order_enrichments where order_id = i.id
  union all
  select 'event', stage, outcome, detail, routing_key, attempt, redrive, retry, null, at, null
  from order_events where order_id = i.id) part
union all
select 0, 'binding', stage, key, null, null, null, null, null, null, null, null
from known_stages left join unnest(consumes) as key on true)";

/// `text` is PostgreSQL's, in UTC: 2026-11-22 07:47:18.0725+00
std::string rfc3339(std::string_view text) {
  std::string time(text.substr(0, text.find('+')));
  time.at(10) = 'T';
  if (time.find('.') == std::string::npos) time += '.';
  time.resize(26, '0');
  return time += 'Z';
}

/// An order while its rows come in.
struct Parts {
  Order order;
  std::map<int, Item> items;  ///< by line
};

void read_order(const pqxx::row& row, Order& order) {
  order.workflow = row[2].c_str();
  order.customer_id = row[3].c_str();
  order.status = row[4].c_str();
  order.failure_reason = row[5].c_str();
  order.total = Money::parse(row[9].c_str());
  order.created_at = rfc3339(row[10].c_str());
  order.updated_at = rfc3339(row[11].c_str());
}

Event read_event(const pqxx::row& row) {
  Event event;
  event.stage = row[2].c_str();
  event.outcome = row[3].c_str();
  event.detail = row[4].c_str();
  event.routing_key = row[5].c_str();
  event.attempt = row[6].as<int>();
  event.redrive = row[7].as<int>();
  event.retry = row[8].as<int>();
  event.at = rfc3339(row[10].c_str());
  return event;
}

void add_part(const pqxx::row& row, Parts& parts) {
  const std::string_view kind = row[1].c_str();
  if (kind == "order") read_order(row, parts.order);
  if (kind == "item") {
    parts.items[row[7].as<int>()] = {row[2].c_str(), row[6].as<std::int64_t>(), Money::parse(row[9].c_str())};
  }
  if (kind == "kept") parts.order.enrichments.push_back({row[2].c_str(), row[3].c_str(), rfc3339(row[10].c_str())});
  if (kind == "event") parts.order.timeline.push_back(read_event(row));
}

auto place_of_enrichment(const Enrichment& kept) { return std::tie(kept.at, kept.stage); }

/// How a stage ended stands behind its attempts.
auto place_of_event(const Event& event) {
  return std::tuple(std::string_view(event.at), event.redrive, std::string_view(event.stage), event.retry == 0,
                    event.retry);
}

Order put_together(Parts parts) {
  for (auto& [line, item] : parts.items) parts.order.items.push_back(std::move(item));
  std::ranges::sort(parts.order.enrichments, {}, place_of_enrichment);
  std::ranges::sort(parts.order.timeline, {}, place_of_event);
  return std::move(parts.order);
}

pqxx::result read_rows(postgres::Session& session, const std::vector<std::string>& ids) {
  postgres::ArrayLiteral asked;
  for (const auto& id : ids) asked.add(canonical_uuid(id));  // null is found nowhere
  pqxx::result rows;
  session.read([&](pqxx::transaction_base& work) { rows = work.exec_prepared("reader_read", asked.str()); });
  return rows;
}

}  // namespace

void prepare_reader(pqxx::connection& connection) {
  force_index_plans(connection);
  pqxx::nontransaction(connection).exec("set datestyle = iso; set timezone = 'UTC'");
  connection.prepare("reader_read", kRead);
}

std::vector<std::optional<Order>> read_orders(postgres::Session& session, const std::vector<std::string>& ids) {
  std::vector<Parts> parts(ids.size());
  std::vector<StageBinding> bindings;
  for (const auto& row : read_rows(session, ids)) {
    if (const auto n = row[0].as<std::size_t>(); n > 0) {
      add_part(row, parts.at(n - 1));
    } else {
      bindings.push_back({row[2].c_str(), row[3].c_str()});
    }
  }
  std::vector<std::optional<Order>> orders(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (parts[i].order.status.empty()) continue;
    orders[i] = put_together(std::move(parts[i]));
    orders[i]->id = canonical_uuid(ids[i]).value();
    orders[i]->terminal = is_terminal(*orders[i], bindings);
  }
  return orders;
}

}  // namespace esteira::runtime::orders
