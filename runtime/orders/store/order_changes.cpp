#include "runtime/orders/store/order_changes.hpp"

#include "runtime/orders/store/index_plans.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

constexpr const char* kFindChanged = R"(
select i.n - 1 from unnest($1::uuid[], $2::timestamptz[]) with ordinality as i (id, updated_at, n)
left join orders o on o.id = i.id
where o.updated_at is distinct from i.updated_at)";

}  // namespace

void prepare_order_changes(pqxx::connection& connection) {
  force_index_plans(connection);
  connection.prepare("orders_changed", kFindChanged);
}

std::vector<std::size_t> find_changed(postgres::Session& session, const std::vector<SeenOrder>& seen) {
  postgres::ArrayLiteral ids;
  postgres::ArrayLiteral times;
  for (const auto& order : seen) {
    ids.add(order.order_id);
    times.add(order.updated_at);
  }
  std::vector<std::size_t> changed;
  session.read([&](pqxx::transaction_base& work) {
    changed.clear();
    for (const auto& row : work.exec_prepared("orders_changed", ids.str(), times.str()))
      changed.push_back(row[0].as<std::size_t>());
  });
  return changed;
}

}  // namespace esteira::runtime::orders
