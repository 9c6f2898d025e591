#include "runtime/orders/store/outbox.hpp"

#include <map>
#include <set>
#include <tuple>

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

/// In the order of the primary key, which begins with the order's id and so with its time: every order has a row here,
/// and an index of their ages would cost each of them an entry.
constexpr const char* kTake = R"(
select order_id, exchange, routing_key, redrive, traceparent, body from outbox
where created_at < now() - make_interval(secs => $2)
  and not exists (select from unnest($3::text[], $4::text[]) as s (exchange, routing_key)
                  where s.exchange = outbox.exchange and s.routing_key = outbox.routing_key)
order by order_id limit $1 for update skip locked)";

/// Deletes events that differ only in their order, which are nearly always the whole batch. A list of whole keys would
/// cost three times as much.
constexpr const char* kDelete = R"(
delete from outbox where order_id = any ($1::uuid[]) and exchange = $2 and routing_key = $3 and redrive = $4)";

/// PostgreSQL refuses to subtract an infinite time.
constexpr const char* kDepth = R"(
select count(*) as events,
       coalesce(extract(epoch from now() - min(created_at) filter (where isfinite(created_at))), 0)::double precision
         as oldest_seconds
from outbox)";

/// Exchange, routing key and redrive.
using EventKey = std::tuple<std::string, std::string, int>;
/// The ids of the orders whose event with that key is to be deleted.
using DeletesByKey = std::map<EventKey, std::set<std::string>>;

void add(DeletesByKey& deletes, const OutboxEvent& event) {
  deletes[{event.exchange, event.routing_key, event.redrive}].insert(event.order_id);
}

/// Sorted by key and order id, so that two sessions that delete the same events never deadlock.
void delete_events(pqxx::transaction_base& work, const DeletesByKey& deletes) {
  for (const auto& [key, order_ids] : deletes) {
    ArrayLiteral ids;
    for (const auto& id : order_ids) ids.add(id);
    const auto& [exchange, routing_key, redrive] = key;
    work.exec_prepared0("outbox_delete", ids.str(), exchange, routing_key, redrive);
  }
}

std::vector<OutboxEvent> take_events(pqxx::work& work, std::size_t limit, double age_seconds,
                                     const OutboxRoutes& skipped) {
  ArrayLiteral exchanges, routing_keys;
  for (const auto& [exchange, routing_key] : skipped) {
    exchanges.add(exchange);
    routing_keys.add(routing_key);
  }
  std::vector<OutboxEvent> events;
  for (const auto& row : work.exec_prepared("outbox_take", limit, age_seconds, exchanges.str(), routing_keys.str())) {
    events.push_back({row["order_id"].c_str(), row["exchange"].c_str(), row["routing_key"].c_str(),
                      row["redrive"].as<int>(), row["traceparent"].c_str(), row["body"].c_str()});
  }
  return events;
}

}  // namespace

void prepare_outbox(pqxx::connection& connection) {
  connection.prepare("outbox_take", kTake);
  connection.prepare("outbox_delete", kDelete);
  connection.prepare("outbox_depth", kDepth);
}

std::size_t sweep_outbox(postgres::Session& session, std::size_t limit, double age_seconds,
                         const std::function<std::vector<std::size_t>(const std::vector<OutboxEvent>&)>& publish,
                         const OutboxRoutes& skipped) {
  std::size_t taken = 0;
  session.transact([&](pqxx::work& work) {
    const auto events = take_events(work, limit, age_seconds, skipped);
    taken = events.size();
    if (events.empty()) return;
    DeletesByKey published;
    for (const auto index : publish(events)) add(published, events.at(index));
    crash_point("swept");
    delete_events(work, published);
  });
  return taken;
}

void delete_published(postgres::Session& session, const std::vector<OutboxEvent>& events) {
  DeletesByKey published;
  for (const auto& event : events) add(published, event);
  if (published.empty()) return;
  const auto remove = [&](pqxx::transaction_base& work) { delete_events(work, published); };
  published.size() == 1 ? session.write(remove) : session.transact(remove);
}

OutboxDepth outbox_depth(postgres::Session& session) {
  OutboxDepth depth;
  session.read([&](pqxx::transaction_base& work) {
    const auto row = work.exec_prepared1("outbox_depth");
    depth = {row["events"].as<std::size_t>(), row["oldest_seconds"].as<double>()};
  });
  return depth;
}

}  // namespace esteira::runtime::orders
