#include "runtime/orders/store/order_list.hpp"

#include <algorithm>
#include <chrono>

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/orders/store/rfc3339_of.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::orders {
namespace {

/// How much later than the time in its id an order may have been created: it was queued, and clocks differ.
constexpr std::chrono::minutes kMaxDelay{5};

/// $1: the id behind which the page begins. $2: the lowest id.
constexpr const char* kAllOrders = R"(
where o.id < $1::uuid and o.id >= $2::uuid
order by o.id desc)";

/// $8: the customer. The conditions and the order begin with the hash, although it is always the same: only its index
/// has that order, so PostgreSQL cannot plan to read all orders instead.
constexpr const char* kOrdersOfCustomer = R"(
where (hashtextextended(o.customer_id, 0), o.id) < (hashtextextended($8::text, 0), $1::uuid)
  and (hashtextextended(o.customer_id, 0), o.id) >= (hashtextextended($8::text, 0), $2::uuid)
order by hashtextextended(o.customer_id, 0) desc, o.id desc)";

/// Reads orders until $7 of them match or the limit of a page is reached. In the latter case the row without a
/// workflow, of the same snapshot, has the id of the last order read.
std::string list_statement(const std::string& orders, const std::string& customer) {
  const auto read = std::to_string(kMaxOrdersRead);
  const auto before_last = std::to_string(kMaxOrdersRead - 1);
  return R"(
with page as materialized (
  select id, workflow, customer_id, status, total_amount, created_at, updated_at
  from (select o.* from orders o)" +
         orders + " limit " + read + R"() as o
  where ($3::timestamptz is null or created_at > $3) and ($4::text = '' or status::text = $4)
    and ($5::text = '' or workflow = $5) and ($6::text = '' or client = $6))" +
         customer + R"(
  limit $7::integer
)
select id::text, workflow, customer_id, status::text, total_amount, created_at, updated_at from page
union all
select id::text, null, null, null, null, null, null
from (select o.id from orders o)" +
         orders + " offset " + before_last + R"( limit 1) as last_read
where (select count(*) from page) < $7)";
}

struct ListColumn {
  enum Order { kId, kWorkflow, kCustomerId, kStatus, kTotal, kCreatedAt, kUpdatedAt };
};

constexpr const char* kSelectStatuses = "select unnest(enum_range(null::order_status))::text";
constexpr const char* kHighestId = "ffffffff-ffff-ffff-ffff-ffffffffffff";
constexpr const char* kLowestId = "00000000-0000-0000-0000-000000000000";

/// A lower bound for the ids of the orders that were created after `time`.
std::string lowest_id(const std::optional<UtcMicros>& time) {
  const auto bound = time ? *time - kMaxDelay : UtcMicros();
  return bound <= UtcMicros() ? kLowestId : first_uuid_at(std::chrono::floor<std::chrono::milliseconds>(bound));
}

void check_status(pqxx::transaction_base& work, const std::string& status) {
  std::vector<std::string> known;
  for (const auto& row : work.exec_prepared("order_statuses")) known.emplace_back(row[0].c_str());
  if (std::ranges::find(known, status) == known.end()) throw UnknownStatus(std::move(known));
}

pqxx::result read_page(pqxx::transaction_base& work, const OrderFilter& filter, const std::string& after,
                       std::size_t rows) {
  const std::string highest = after.empty() ? kHighestId : after;
  const auto lowest = lowest_id(filter.created_after);
  const auto created_after =
      filter.created_after ? std::optional(format_rfc3339(*filter.created_after)) : std::optional<std::string>();
  if (filter.customer_id.empty()) {
    return work.exec_prepared("order_list", highest, lowest, created_after, filter.status, filter.workflow,
                              filter.client, rows);
  }
  return work.exec_prepared("order_list_of_customer", highest, lowest, created_after, filter.status, filter.workflow,
                            filter.client, rows, filter.customer_id);
}

OrderSummary read_summary(const pqxx::row& row) {
  return {row[ListColumn::kId].c_str(),
          row[ListColumn::kWorkflow].c_str(),
          row[ListColumn::kCustomerId].c_str(),
          row[ListColumn::kStatus].c_str(),
          Money::parse(row[ListColumn::kTotal].c_str()),
          rfc3339_of(row[ListColumn::kCreatedAt].c_str()),
          rfc3339_of(row[ListColumn::kUpdatedAt].c_str())};
}

}  // namespace

void prepare_order_list(pqxx::connection& connection) {
  force_index_plans(connection);
  pqxx::nontransaction(connection)
      .exec("set enable_sort = off; set enable_bitmapscan = off; set datestyle = iso; set timezone = 'UTC'");
  connection.prepare("order_list", list_statement(kAllOrders, ""));
  connection.prepare("order_list_of_customer", list_statement(kOrdersOfCustomer, " and customer_id = $8"));
  connection.prepare("order_statuses", kSelectStatuses);
}

OrderPage list_orders(postgres::Session& session, const OrderFilter& filter, const std::string& after,
                      std::size_t limit) {
  pqxx::result rows;
  session.read([&](pqxx::transaction_base& work) {
    if (!filter.status.empty()) check_status(work, filter.status);
    rows = read_page(work, filter, after, limit + 1);
  });
  OrderPage page;
  for (const auto& row : rows) {
    if (row[ListColumn::kWorkflow].is_null()) {
      page.next = row[ListColumn::kId].c_str();
    } else {
      page.orders.push_back(read_summary(row));
    }
  }
  std::ranges::sort(page.orders, std::ranges::greater(), &OrderSummary::order_id);
  if (page.orders.size() > limit) {
    page.orders.resize(limit);
    page.next = page.orders.back().order_id;
  }
  return page;
}

}  // namespace esteira::runtime::orders
