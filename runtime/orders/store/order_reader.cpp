#include "runtime/orders/store/order_reader.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/orders/store/terminal.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

/// One row for each part of an order. All kinds of parts share the columns; the columns that a kind does not have are
/// null. The rows are not sorted, and PostgreSQL makes no JSON of them: this program does both at less cost.
constexpr const char* kReadParts = R"(
select i.n, part.*
from unnest($1::uuid[]) with ordinality as i (id, n)
cross join lateral (
  select 'order', workflow, customer_id, status::text, failure_reason,
         null::bigint, null::int, null::text, total_amount, created_at, updated_at
  from orders o where o.id = i.id
  union all
  select 'item', sku, null, null, null, qty, line, null, unit_price, null, null
  from order_items where order_id = i.id
  union all
  select 'enrichment', stage, data::text, null, null, null, null, null, null, created_at, null
  from order_enrichments where order_id = i.id
  union all
  select 'event', stage, outcome, detail, routing_key, attempt, redrive, entry_kind::text, null, created_at, null
  from order_events where order_id = i.id) part)";

/// In the same statement, hence of the same moment: the binding keys of all stages.
constexpr const char* kAndBindings = R"(
union all
select 0, 'binding', r.stage, key, null, null, null, null, null, null, b.removed_at, null
from registered_stages r left join unnest(r.binding_keys) as key on true
left join removed_bindings b on b.exchange = r.exchange and b.stage = r.stage and b.routing_key = key)";

/// The columns of kReadParts, as each kind of part uses them.
struct Column {
  enum Part { kNumber, kKind };
  enum Order { kWorkflow = 2, kCustomerId, kStatus, kFailureReason, kTotal = 9, kOrderCreatedAt, kUpdatedAt };
  enum Item { kSku = 2, kQty = 6, kLine = 7, kUnitPrice = 9 };
  enum Enrichment { kEnrichingStage = 2, kData, kEnrichedAt = 10 };
  enum Event { kStage = 2, kOutcome, kDetail, kRoutingKey, kAttempt, kRedrive, kEntryKind, kCreatedAt = 10 };
  enum Binding { kBoundStage = 2, kBindingKey, kRemovedAt = 10 };
};

/// `text` is PostgreSQL's text of a time in UTC: 2026-11-22 07:47:18.0725+00
std::string rfc3339(std::string_view text) {
  std::string time(text.substr(0, text.find('+')));
  time.at(10) = 'T';
  if (time.find('.') == std::string::npos) time += '.';
  time.resize(26, '0');
  return time += 'Z';
}

/// An order while its rows are read.
struct Parts {
  Order order;
  std::map<int, Item> items;  ///< by line
};

void read_order(const pqxx::row& row, Order& order) {
  order.workflow = row[Column::kWorkflow].c_str();
  order.customer_id = row[Column::kCustomerId].c_str();
  order.status = row[Column::kStatus].c_str();
  order.failure_reason = row[Column::kFailureReason].c_str();
  order.total = Money::parse(row[Column::kTotal].c_str());
  order.created_at = rfc3339(row[Column::kOrderCreatedAt].c_str());
  order.updated_at = rfc3339(row[Column::kUpdatedAt].c_str());
}

Item read_item(const pqxx::row& row) {
  return {row[Column::kSku].c_str(), row[Column::kQty].as<std::int64_t>(),
          Money::parse(row[Column::kUnitPrice].c_str())};
}

Enrichment read_enrichment(const pqxx::row& row) {
  return {row[Column::kEnrichingStage].c_str(), row[Column::kData].c_str(), rfc3339(row[Column::kEnrichedAt].c_str())};
}

Event read_event(const pqxx::row& row) {
  Event event;
  event.stage = row[Column::kStage].c_str();
  event.outcome = row[Column::kOutcome].c_str();
  event.detail = row[Column::kDetail].c_str();
  event.routing_key = row[Column::kRoutingKey].c_str();
  event.attempt = row[Column::kAttempt].as<int>();
  event.redrive = row[Column::kRedrive].as<int>();
  event.entry_kind = row[Column::kEntryKind].c_str();
  event.created_at = rfc3339(row[Column::kCreatedAt].c_str());
  return event;
}

StageBinding read_binding(const pqxx::row& row) {
  const auto removed_at = row[Column::kRemovedAt];
  return {row[Column::kBoundStage].c_str(), row[Column::kBindingKey].c_str(),
          removed_at.is_null() ? std::string() : rfc3339(removed_at.c_str())};
}

void add_part(const pqxx::row& row, Parts& parts) {
  const std::string_view kind = row[Column::kKind].c_str();
  if (kind == "order") read_order(row, parts.order);
  if (kind == "item") parts.items[row[Column::kLine].as<int>()] = read_item(row);
  if (kind == "enrichment") parts.order.enrichments.push_back(read_enrichment(row));
  if (kind == "event") parts.order.timeline.push_back(read_event(row));
}

auto enrichment_sort_key(const Enrichment& enrichment) { return std::tie(enrichment.created_at, enrichment.stage); }

/// Of entries with the same time those made by hand come first, then failed attempts, then the terminal result.
int rank(const Event& event) {
  if (event.entry_kind == "purged") return 0;
  if (event.entry_kind == "redriven") return 1;
  return event.entry_kind == "retry" ? 2 : 3;
}

auto event_sort_key(const Event& event) {
  return std::tuple(std::string_view(event.created_at), event.redrive, std::string_view(event.stage), rank(event),
                    event.attempt);
}

Order assemble(Parts parts) {
  for (auto& [line, item] : parts.items) parts.order.items.push_back(std::move(item));
  std::ranges::sort(parts.order.enrichments, {}, enrichment_sort_key);
  std::ranges::sort(parts.order.timeline, {}, event_sort_key);
  return std::move(parts.order);
}

pqxx::result read_rows(postgres::Session& session, const std::vector<std::string>& ids, TerminalCheck check) {
  postgres::ArrayLiteral id_array;
  for (const auto& id : ids) id_array.add(canonical_uuid(id));  // null matches no order
  const auto* const statement = check == TerminalCheck::run ? "orders_read_with_bindings" : "orders_read";
  pqxx::result rows;
  session.read([&](pqxx::transaction_base& work) { rows = work.exec_prepared(statement, id_array.str()); });
  return rows;
}

}  // namespace

void prepare_reader(pqxx::connection& connection) {
  force_index_plans(connection);
  pqxx::nontransaction(connection).exec("set datestyle = iso; set timezone = 'UTC'");
  connection.prepare("orders_read", kReadParts);
  connection.prepare("orders_read_with_bindings", std::string(kReadParts) + kAndBindings);
}

std::vector<std::optional<Order>> read_orders(postgres::Session& session, const std::vector<std::string>& ids,
                                              TerminalCheck check) {
  std::vector<Parts> parts(ids.size());
  std::vector<StageBinding> bindings;
  for (const auto& row : read_rows(session, ids, check)) {
    if (const auto n = row[Column::kNumber].as<std::size_t>(); n > 0) {
      add_part(row, parts.at(n - 1));
    } else {
      bindings.push_back(read_binding(row));
    }
  }
  std::vector<std::optional<Order>> orders(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (parts[i].order.status.empty()) continue;
    orders[i] = assemble(std::move(parts[i]));
    orders[i]->id = canonical_uuid(ids[i]).value();
    orders[i]->terminal = check == TerminalCheck::run && is_terminal(*orders[i], bindings);
  }
  return orders;
}

}  // namespace esteira::runtime::orders
