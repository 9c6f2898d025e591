#include "api/order_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/responses.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::api {

namespace {

constexpr std::size_t kMaxLookupsInBatch = 128;
/// Below the server's answer timeout: whoever waited longer is told so rather than served in vain.
constexpr std::chrono::seconds kLookupPatience{20};

/// Each id once, sorted.
std::vector<std::string> distinct_ids(const std::vector<OrderReader::Lookup>& batch) {
  std::vector<std::string> ids;
  ids.reserve(batch.size());
  for (const auto& lookup : batch) ids.push_back(lookup.order_id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

/// Answers 503 to what has waited too long and leaves the rest.
std::vector<OrderReader::Lookup> drop_expired(std::vector<OrderReader::Lookup> batch) {
  std::vector<OrderReader::Lookup> wanted;
  wanted.reserve(batch.size());
  const auto oldest = std::chrono::steady_clock::now() - kLookupPatience;
  for (auto& lookup : batch) {
    if (lookup.received < oldest) {
      lookup.responder.send(overloaded());
    } else {
      wanted.push_back(std::move(lookup));
    }
  }
  return wanted;
}

std::vector<std::optional<std::string>> render(const std::vector<std::optional<runtime::orders::Order>>& orders) {
  std::vector<std::optional<std::string>> bodies;
  bodies.reserve(orders.size());
  for (const auto& order : orders) bodies.push_back(order ? std::optional(to_json(*order)) : std::nullopt);
  return bodies;
}

}  // namespace

OrderReader::OrderReader(Options options, OnTerminal on_terminal)
    : options_(std::move(options)), on_terminal_(std::move(on_terminal)) {
  for (std::size_t i = 0; i < options_.sessions; ++i) {
    workers_.push_back(std::make_unique<DbWorker>(options_.database_url, "esteira-api reader",
                                                  runtime::orders::prepare_reader, "orders cannot be read",
                                                  "orders can be read again"));
  }
}

OrderReader::~OrderReader() { stop(); }

void OrderReader::start() {
  for (auto& worker : workers_) threads_.emplace_back([this, &worker] { run(*worker); });
}

void OrderReader::submit(Lookup lookup) {
  if (queue_.size() >= options_.max_queued) return lookup.responder.send(overloaded());
  queue_.push(std::move(lookup));
}

void OrderReader::stop() {
  queue_.close();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void OrderReader::run(DbWorker& worker) {
  for (;;) {
    auto batch = queue_.pop(kMaxLookupsInBatch);
    if (batch.empty()) return;
    batch = drop_expired(std::move(batch));
    if (!batch.empty()) answer(worker, std::move(batch));
  }
}

void OrderReader::answer(DbWorker& worker, std::vector<Lookup> batch) {
  try {
    const auto ids = distinct_ids(batch);
    const auto orders = runtime::orders::read_orders(worker.session, ids);
    worker.outage.recovered();
    const auto bodies = render(orders);
    for (auto& lookup : batch) {
      const auto at = std::lower_bound(ids.begin(), ids.end(), lookup.order_id) - ids.begin();
      const auto& body = bodies[static_cast<std::size_t>(at)];
      lookup.responder.send(body ? order_found(*body, lookup.if_none_match) : unknown_order());
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (orders[i] && orders[i]->terminal) on_terminal_(ids[i], *bodies[i]);
    }
  } catch (const runtime::postgres::Unavailable& error) {
    worker.outage.failed(error.what());
    for (auto& lookup : batch) lookup.responder.send(database_away());
  } catch (const std::exception& fault) {
    runtime::log::error("reading orders failed", {{"error", fault.what()}, {"requests", batch.size()}});
    for (auto& lookup : batch) lookup.responder.send(internal_fault());
  }
}

}  // namespace esteira::api
