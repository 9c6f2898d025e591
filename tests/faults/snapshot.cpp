#include "tests/faults/snapshot.hpp"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "runtime/orders/operations/refusals.hpp"
#include "runtime/orders/store/compensation.hpp"

namespace esteira::faults {
namespace {

void read_orders(pqxx::nontransaction& work, Snapshot& snapshot) {
  const auto orders = "select id, customer_id, status, coalesce(total_amount * 100, 0)::bigint, " +
                      runtime::orders::compensation() + " from orders o";
  for (const auto& row : work.exec(orders)) {
    auto& order = snapshot.orders[row[0].c_str()];
    order.customer_id = row[1].c_str();
    order.status = row[2].c_str();
    order.cents = row[3].as<std::int64_t>();
    order.compensation = row[4].is_null() ? "" : row[4].c_str();
  }
  for (const auto& row : work.exec("select order_id, sku, qty from order_items order by order_id, line")) {
    snapshot.orders[row[0].c_str()].items.push_back({row[1].c_str(), row[2].as<int>()});
  }
}

void read_effects(pqxx::nontransaction& work, Snapshot& snapshot) {
  const auto events = "select order_id, stage, outcome, coalesce(starts_with(detail, " +
                      work.quote(runtime::orders::kGivenUpByHand) + "), false) from order_events order by created_at";
  for (const auto& row : work.exec(events)) {
    auto& order = snapshot.orders[row[0].c_str()];
    order.timeline.push_back({row[1].c_str(), row[2].c_str()});
    order.is_given_up = order.is_given_up || row[3].as<bool>();
  }
  for (const auto& row : work.exec("select order_id, stage, data from order_enrichments")) {
    snapshot.orders[row[0].c_str()].enrichments[row[1].c_str()] = row[2].c_str();
  }
  for (const auto& row : work.exec("select key, order_id from idempotency_keys")) {
    snapshot.keys[row[0].c_str()] = row[1].c_str();
  }
}

void take_letters(test::Broker& broker, const std::string& queue, Snapshot& snapshot) {
  while (const auto letter = broker.get(queue, std::chrono::milliseconds(0))) {
    const auto body = nlohmann::json::parse(letter->body, nullptr, false);
    const auto id = body.is_object() ? body.value("order_id", "") : "";
    ++snapshot.dead_letters[id];
  }
}

}  // namespace

Snapshot take_snapshot(const std::string& database_url, test::Broker& broker,
                       const std::map<std::string, int>& queues) {
  Snapshot snapshot;
  pqxx::connection connection(database_url);
  pqxx::nontransaction work(connection);
  read_orders(work, snapshot);
  read_effects(work, snapshot);
  for (const auto& [queue, messages] : queues) {
    if (queue.ends_with(".dead")) {
      take_letters(broker, queue, snapshot);
    } else if (messages > 0) {
      snapshot.leftovers.push_back("queue " + queue + ": " + std::to_string(messages) + " messages");
    }
  }
  const auto unsent = work.exec1("select count(*) from outbox")[0].as<int>();
  const auto scheduled = work.exec1("select count(*) from scheduled_messages")[0].as<int>();
  if (scheduled > 0) snapshot.leftovers.push_back("scheduled_messages: " + std::to_string(scheduled));
  if (unsent > 0) snapshot.leftovers.push_back("outbox: " + std::to_string(unsent) + " events");
  return snapshot;
}

}  // namespace esteira::faults
