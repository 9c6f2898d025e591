#include <map>
#include <set>
#include <tuple>

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/orders/store/order_store.hpp"
#include "runtime/orders/store/outbox_statements.hpp"
#include "runtime/postgres/array.hpp"

namespace esteira::runtime::orders {
namespace {

using postgres::ArrayLiteral;

constexpr const char* kTake = R"(
select order_id, exchange, routing_key, redrive, traceparent, body from outbox
where created_at < now() - make_interval(secs => $2)
order by created_at limit $1 for update skip locked)";

/// Events of one kind, which is nearly always the whole batch: a list of whole keys would cost three times as much.
constexpr const char* kDelete = R"(
delete from outbox where order_id = any ($1::uuid[]) and exchange = $2 and routing_key = $3 and redrive = $4)";

constexpr const char* kDepth =
    "select count(*), coalesce(extract(epoch from now() - min(created_at)), 0)::double precision from outbox";

constexpr const char* kPrune = R"(
delete from idempotency_keys where key in (
  select key from idempotency_keys where created_at < now() - make_interval(secs => $1)
  order by created_at limit $2 for update skip locked))";

using Kind = std::tuple<std::string, std::string, int>;
/// The ids of the orders whose event of that kind goes.
using DeletesByKey = std::map<Kind, std::set<std::string>>;

void add_to(DeletesByKey& departures, const OutboxEvent& event) {
  departures[{event.exchange, event.routing_key, event.redrive}].insert(event.order_id);
}

/// In the order of kind and id, so that two who delete the same events never wait for each other in a ring.
void delete_events(pqxx::transaction_base& work, const DeletesByKey& departures) {
  for (const auto& [kind, order_ids] : departures) {
    ArrayLiteral ids;
    for (const auto& id : order_ids) ids.add(id);
    const auto& [exchange, routing_key, redrive] = kind;
    work.exec_prepared0("outbox_delete", ids.str(), exchange, routing_key, redrive);
  }
}

std::vector<OutboxEvent> take_events(pqxx::work& work, std::size_t limit, double age_seconds) {
  std::vector<OutboxEvent> events;
  for (const auto& row : work.exec_prepared("outbox_take", limit, age_seconds)) {
    events.push_back(
        {row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].as<int>(), row[4].c_str(), row[5].c_str()});
  }
  return events;
}

}  // namespace

void prepare_outbox(pqxx::connection& connection) {
  connection.prepare("outbox_take", kTake);
  connection.prepare("outbox_delete", kDelete);
  connection.prepare("outbox_depth", kDepth);
  connection.prepare("intake_prune", kPrune);
}

std::size_t sweep_outbox(postgres::Session& session, std::size_t limit, double age_seconds,
                         const std::function<std::vector<std::size_t>(const std::vector<OutboxEvent>&)>& publish) {
  std::size_t taken = 0;
  session.transact([&](pqxx::work& work) {
    const auto events = take_events(work, limit, age_seconds);
    taken = events.size();
    if (events.empty()) return;
    DeletesByKey published;
    for (const auto index : publish(events)) add_to(published, events.at(index));
    crash_point("swept");
    delete_events(work, published);
  });
  return taken;
}

void delete_published(postgres::Session& session, const std::vector<OutboxEvent>& events) {
  DeletesByKey published;
  for (const auto& event : events) add_to(published, event);
  if (published.empty()) return;
  const auto remove = [&](pqxx::transaction_base& work) { delete_events(work, published); };
  published.size() == 1 ? session.write(remove) : session.transact(remove);
}

OutboxDepth outbox_depth(postgres::Session& session) {
  OutboxDepth depth;
  session.read([&](pqxx::transaction_base& work) {
    const auto row = work.exec_prepared1("outbox_depth");
    depth = {row[0].as<std::size_t>(), row[1].as<double>()};
  });
  return depth;
}

std::size_t prune_idempotency_keys(postgres::Session& session, double age_seconds, std::size_t limit) {
  std::size_t pruned = 0;
  session.transact(
      [&](pqxx::work& work) { pruned = work.exec_prepared("intake_prune", age_seconds, limit).affected_rows(); });
  return pruned;
}

}  // namespace esteira::runtime::orders
