#include "runtime/orders/store/order_reader.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "runtime/orders/store/compensation.hpp"
#include "runtime/orders/store/index_plans.hpp"
#include "runtime/orders/store/rfc3339_of.hpp"
#include "runtime/orders/store/terminal.hpp"
#include "runtime/postgres/array.hpp"
#include "runtime/postgres/error_kind.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

/// One row for each part of an order. All kinds of parts share the columns; the columns that a kind does not have are
/// null. The rows are not sorted, and PostgreSQL makes no JSON of them: this program does both at less cost.
std::string read_parts() {
  return std::string(R"(
select i.n, part.*
from unnest($1::uuid[]) with ordinality as i (id, n)
cross join lateral (
  select 'order', workflow, customer_id, status::text, failure_reason,
         null::bigint, null::int, client, total_amount, created_at, updated_at, )")
      .append(compensation())
      .append(R"(
  from orders o where o.id = i.id
  union all
  select 'item', sku, null, null, null, qty, line, null, unit_price, null, null, null
  from order_items where order_id = i.id
  union all
  select 'enrichment', stage, data::text, null, null, null, null, null, null, created_at, null, null
  from order_enrichments where order_id = i.id
  union all
  select 'event', stage, outcome, detail, routing_key, attempt, redrive, entry_kind::text, snoozes, created_at, due_at,
         null
  from order_events where order_id = i.id) part)");
}

/// In the same statement, hence of the same moment: the binding keys of all stages.
constexpr const char* kAndBindings = R"(
union all
select 0, 'binding', r.stage, key, null, null, null, null, null, null, b.removed_at, null, null
from registered_stages r left join unnest(r.bound_keys) as key on true
left join removed_bindings b on b.exchange = r.exchange and b.stage = r.stage and b.routing_key = key)";

/// The columns of read_parts, as each kind of part uses them.
struct Column {
  enum Part { kNumber, kKind };
  enum Order {
    kWorkflow = 2,
    kCustomerId,
    kStatus,
    kFailureReason,
    kClient = 8,
    kTotal,
    kOrderCreatedAt,
    kUpdatedAt,
    kCompensation
  };
  enum Item { kSku = 2, kQty = 6, kLine = 7, kUnitPrice = 9 };
  enum Enrichment { kEnrichingStage = 2, kData, kEnrichedAt = 10 };
  enum Event {
    kStage = 2,
    kOutcome,
    kDetail,
    kRoutingKey,
    kAttempt,
    kRedrive,
    kEntryKind,
    kSnoozes,
    kCreatedAt,
    kDueAt
  };
  enum Binding { kBoundStage = 2, kBindingKey, kRemovedAt = 10 };
};

/// An order while its rows are read.
struct Parts {
  Order order;
  std::map<int, Item> items;        ///< by line
  std::set<int> unreadable_prices;  ///< lines
};

/// Whether the column has a value that is no amount, such as NaN.
bool is_unreadable(const pqxx::field& field, const std::optional<Money>& amount) { return !amount && !field.is_null(); }

void read_order(const pqxx::row& row, Order& order) {
  order.workflow = row[Column::kWorkflow].c_str();
  order.customer_id = row[Column::kCustomerId].c_str();
  order.client = row[Column::kClient].c_str();
  order.status = row[Column::kStatus].c_str();
  order.failure_reason = row[Column::kFailureReason].c_str();
  order.total = Money::parse(row[Column::kTotal].c_str());
  order.created_at = rfc3339_of(row[Column::kOrderCreatedAt].c_str());
  order.updated_at = rfc3339_of(row[Column::kUpdatedAt].c_str());
  order.compensation = row[Column::kCompensation].c_str();
  if (is_unreadable(row[Column::kTotal], order.total)) order.unreadable.emplace_back("/total");
  if (order.created_at.empty()) order.unreadable.emplace_back("/created_at");
  if (order.updated_at.empty()) order.unreadable.emplace_back("/updated_at");
}

void read_item(const pqxx::row& row, Parts& parts) {
  const auto line = row[Column::kLine].as<int>();
  auto price = Money::parse(row[Column::kUnitPrice].c_str());
  if (is_unreadable(row[Column::kUnitPrice], price)) parts.unreadable_prices.insert(line);
  parts.items[line] = {row[Column::kSku].c_str(), row[Column::kQty].as<std::int64_t>(), price};
}

Enrichment read_enrichment(const pqxx::row& row) {
  return {row[Column::kEnrichingStage].c_str(), row[Column::kData].c_str(),
          rfc3339_of(row[Column::kEnrichedAt].c_str())};
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
  event.created_at = rfc3339_of(row[Column::kCreatedAt].c_str());
  if (const auto snoozes = row[Column::kSnoozes]; !snoozes.is_null()) event.snoozes = snoozes.as<int>();
  if (const auto due_at = row[Column::kDueAt]; !due_at.is_null()) event.due_at = rfc3339_of(due_at.c_str());
  return event;
}

StageBinding read_binding(const pqxx::row& row) {
  const auto removed_at = row[Column::kRemovedAt];
  return {row[Column::kBoundStage].c_str(), row[Column::kBindingKey].c_str(),
          removed_at.is_null() ? std::string() : rfc3339_of(removed_at.c_str())};
}

void add_part(const pqxx::row& row, Parts& parts) {
  const std::string_view kind = row[Column::kKind].c_str();
  if (kind == "order") read_order(row, parts.order);
  if (kind == "item") read_item(row, parts);
  if (kind == "enrichment") parts.order.enrichments.push_back(read_enrichment(row));
  if (kind == "event") parts.order.timeline.push_back(read_event(row));
}

auto enrichment_sort_key(const Enrichment& enrichment) { return std::tie(enrichment.created_at, enrichment.stage); }

/// Of entries with the same time those made by hand come first, then snoozes and failed attempts, then the terminal
/// result.
int rank(const Event& event) {
  if (event.entry_kind == "purged") return 0;
  if (event.entry_kind == "redriven") return 1;
  return event.entry_kind == "retry" || event.entry_kind == "snooze" ? 2 : 3;
}

auto event_sort_key(const Event& event) {
  return std::tuple(std::string_view(event.created_at), event.redrive, std::string_view(event.stage), rank(event),
                    event.attempt);
}

/// The pointer to a member of an element of a list: /items/2/unit_price.
std::string pointer_to(std::string list, std::size_t index, std::string_view member) {
  list.append(std::to_string(index)).append(member);
  return list;
}

Order assemble(Parts parts) {
  auto& order = parts.order;
  for (auto& [line, item] : parts.items) {
    if (parts.unreadable_prices.contains(line))
      order.unreadable.push_back(pointer_to("/items/", order.items.size(), "/unit_price"));
    order.items.push_back(std::move(item));
  }
  std::ranges::sort(order.enrichments, {}, enrichment_sort_key);
  std::ranges::sort(order.timeline, {}, event_sort_key);
  for (std::size_t i = 0; i < order.timeline.size() && order.timeline[i].created_at.empty(); ++i)
    order.unreadable.push_back(pointer_to("/timeline/", i, "/at"));
  return std::move(order);
}

pqxx::result read_rows(postgres::Session& session, const std::vector<std::string>& ids, TerminalCheck check) {
  postgres::ArrayLiteral id_array;
  for (const auto& id : ids) id_array.add(canonical_uuid(id));  // null matches no order
  const auto* const statement = check == TerminalCheck::run ? "orders_read_with_bindings" : "orders_read";
  pqxx::result rows;
  session.read([&](pqxx::transaction_base& work) { rows = work.exec_prepared(statement, id_array.str()); });
  return rows;
}

/// Whether the statement works for an order that does not exist: then an error is about the rows of an order.
bool can_read_nothing(postgres::Session& session, TerminalCheck check) {
  try {
    read_orders(session, {"00000000-0000-0000-0000-000000000000"}, check);
    return true;
  } catch (const postgres::Unavailable&) {
    throw;
  } catch (const std::exception&) {
    return false;
  }
}

/// Finds the orders that cannot be read among `ids`, which gave `error` together.
std::vector<std::optional<Order>> read_in_halves(postgres::Session& session, const std::vector<std::string>& ids,
                                                 TerminalCheck check, const OnUnreadable& on_unreadable,
                                                 const char* error) {
  if (ids.size() == 1) {
    on_unreadable(ids.front(), postgres::first_line(error));
    return {std::nullopt};
  }
  const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
  std::vector<std::optional<Order>> orders;
  orders.reserve(ids.size());
  for (const auto& half : {std::vector(ids.begin(), middle), std::vector(middle, ids.end())}) {
    auto read = read_readable_orders(session, half, check, on_unreadable);
    std::ranges::move(read, std::back_inserter(orders));
  }
  return orders;
}

}  // namespace

void prepare_reader(pqxx::connection& connection) {
  force_index_plans(connection);
  pqxx::nontransaction(connection).exec("set datestyle = iso; set timezone = 'UTC'");
  connection.prepare("orders_read", read_parts());
  connection.prepare("orders_read_with_bindings", read_parts() + kAndBindings);
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
    const bool may_be_terminal = check == TerminalCheck::run && orders[i]->unreadable.empty();
    orders[i]->terminal = may_be_terminal && is_terminal(*orders[i], bindings);
  }
  return orders;
}

std::vector<std::optional<Order>> read_readable_orders(postgres::Session& session, const std::vector<std::string>& ids,
                                                       TerminalCheck check, const OnUnreadable& on_unreadable) {
  try {
    return read_orders(session, ids, check);
  } catch (const postgres::Unavailable&) {
    throw;
  } catch (const std::exception& error) {
    if (!can_read_nothing(session, check)) throw;
    return read_in_halves(session, ids, check, on_unreadable, error.what());
  }
}

}  // namespace esteira::runtime::orders
