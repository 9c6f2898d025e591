#include "api/order_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/responses.hpp"

namespace esteira::api {

namespace {

using runtime::orders::TerminalCheck;

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

}  // namespace

OrderReader::OrderReader(const Options& options, OnTerminal on_terminal)
    : on_terminal_(std::move(on_terminal)),
      pool_(pool_options(options), [this](auto& session, auto& batch) { look_up(session, batch); }) {}

void OrderReader::look_up(runtime::postgres::Session& session, std::vector<Lookup>& batch) const {
  const auto ids = distinct_ids(batch);
  const auto check = on_terminal_ ? TerminalCheck::run : TerminalCheck::skip;
  const auto orders = runtime::orders::read_orders(session, ids, check);
  const auto bodies = render(orders);
  for (auto& lookup : batch) {
    const auto index = std::lower_bound(ids.begin(), ids.end(), lookup.order_id) - ids.begin();
    const auto& body = bodies[static_cast<std::size_t>(index)];
    lookup.responder.send(body ? order_found(*body, lookup.if_none_match) : unknown_order());
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (orders[i] && orders[i]->terminal) on_terminal_(ids[i], *bodies[i]);
  }
}

}  // namespace esteira::api
