#include "api/order_reader.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "api/responses.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/store/terminal.hpp"

namespace esteira::api {

namespace {

using runtime::orders::TerminalCheck;
namespace log = runtime::log;

constexpr std::size_t kMaxLookupsInBatch = 128;

DbWorkerPoolOptions pool_options(const OrderReader::Options& options) {
  DbWorkerPoolOptions pool;
  pool.database_url = options.database_url;
  pool.name = "esteira-api reader";
  pool.prepare = runtime::orders::prepare_reader;
  pool.threads = options.sessions;
  pool.max_queued = options.max_queued;
  pool.max_batch = kMaxLookupsInBatch;
  pool.outage = std::make_shared<runtime::Outage>("requests for orders cannot be answered",
                                                  "requests for orders can be answered again");
  return pool;
}

/// Each id once, sorted.
std::vector<std::string> distinct_ids(const std::vector<OrderReader::Lookup>& batch) {
  std::vector<std::string> ids;
  ids.reserve(batch.size());
  for (const auto& lookup : batch) ids.push_back(lookup.order_id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<std::optional<std::string>> render(const std::vector<std::optional<runtime::orders::Order>>& orders) {
  std::vector<std::optional<std::string>> bodies;
  bodies.reserve(orders.size());
  for (const auto& order : orders) bodies.push_back(order ? std::optional(to_json(*order)) : std::nullopt);
  return bodies;
}

bool may_read(const OrderReader::Lookup& lookup, const std::optional<runtime::orders::Order>& order) {
  return order && (lookup.owner.empty() || lookup.owner == order->client);
}

/// Whether the client knows this state of the order: it sent its ETag or, without one, the order has not ended and has
/// not changed since the request came.
bool has_to_wait(const OrderReader::Lookup& lookup, const runtime::orders::Order& order,
                 const runtime::http::Response& response) {
  if (!lookup.wait_until || order.updated_at.empty()) return false;
  if (!lookup.seen.empty()) return lookup.seen == order.updated_at;
  return lookup.if_none_match.empty() ? !runtime::orders::has_ended(order.status) : response.status == 304;
}

}  // namespace

OrderReader::OrderReader(const Options& options, OnTerminal on_terminal, OnUnchanged on_unchanged)
    : isolates_clients_(options.isolates_clients),
      on_terminal_(std::move(on_terminal)),
      on_unchanged_(std::move(on_unchanged)),
      pool_(pool_options(options), [this](auto& session, auto& batch) { look_up(session, batch); }) {}

void OrderReader::look_up(runtime::postgres::Session& session, std::vector<Lookup>& batch) const {
  const auto ids = distinct_ids(batch);
  const auto check = on_terminal_ ? TerminalCheck::run : TerminalCheck::skip;
  std::set<std::string> failed;
  const auto on_unreadable = [&](const std::string& id, const std::string& error) {
    failed.insert(id);
    if (unreadable_orders_.admit(id)) log::error("an order cannot be read", {{"order_id", id}, {"error", error}});
  };
  const auto orders = runtime::orders::read_readable_orders(session, ids, check, on_unreadable);
  const auto bodies = render(orders);
  for (auto& lookup : batch) {
    const auto index =
        static_cast<std::size_t>(std::lower_bound(ids.begin(), ids.end(), lookup.order_id) - ids.begin());
    if (failed.contains(lookup.order_id)) {
      lookup.responder.send(internal_error());
    } else if (may_read(lookup, orders[index])) {
      respond(lookup, *orders[index], *bodies[index]);
    } else {
      lookup.responder.send(unknown_order());
    }
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!orders[i]) continue;
    if (!orders[i]->unreadable.empty()) log_unreadable_values(*orders[i]);
    if (orders[i]->terminal) on_terminal_(ids[i], isolates_clients_ ? orders[i]->client : "", *bodies[i]);
  }
}

void OrderReader::respond(Lookup& lookup, const runtime::orders::Order& order, const std::string& body) const {
  auto response = order_found(body, lookup.if_none_match);
  if (!has_to_wait(lookup, order, response)) return lookup.responder.send(std::move(response));
  lookup.seen = order.updated_at;
  on_unchanged_(std::move(lookup));
}

void OrderReader::log_unreadable_values(const runtime::orders::Order& order) const {
  if (!unreadable_orders_.admit(order.id)) return;
  std::string values;
  for (const auto& pointer : order.unreadable) values.append(values.empty() ? "" : " ").append(pointer);
  log::error("an order has values that cannot be shown; correct them in the database",
             {{"order_id", order.id}, {"values", values}});
}

}  // namespace esteira::api
