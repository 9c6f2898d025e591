#include "api/order_fetcher.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/answers.hpp"
#include "runtime/logging/log.hpp"

namespace esteira::api {

namespace {

constexpr std::size_t kMaxLookupsInBatch = 128;
/// Below the server's answer timeout: whoever waited longer is told so rather than served in vain.
constexpr std::chrono::seconds kLookupPatience{20};

/// Each id once, sorted.
std::vector<std::string> distinct_ids(const std::vector<OrderFetcher::Lookup>& batch) {
  std::vector<std::string> ids;
  ids.reserve(batch.size());
  for (const auto& lookup : batch) ids.push_back(lookup.order_id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

/// Answers 503 to what has waited too long and leaves the rest.
std::vector<OrderFetcher::Lookup> lookups_still_wanted(std::vector<OrderFetcher::Lookup> batch) {
  std::vector<OrderFetcher::Lookup> wanted;
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

OrderFetcher::OrderFetcher(Options options, OnSettled on_settled)
    : options_(std::move(options)), on_settled_(std::move(on_settled)) {
  for (std::size_t i = 0; i < options_.sessions; ++i) {
    desks_.push_back(std::make_unique<Desk>(options_.database_url, "esteira-api reader",
                                            runtime::orders::prepare_reader, "orders cannot be read",
                                            "orders can be read again"));
  }
}

OrderFetcher::~OrderFetcher() { stop(); }

void OrderFetcher::start() {
  for (auto& desk : desks_) threads_.emplace_back([this, &desk] { run(*desk); });
}

void OrderFetcher::submit(Lookup lookup) {
  if (queue_.size() >= options_.max_waiting) return lookup.responder.send(overloaded());
  queue_.push(std::move(lookup));
}

void OrderFetcher::stop() {
  queue_.close();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void OrderFetcher::run(Desk& desk) {
  for (;;) {
    auto batch = queue_.pop(kMaxLookupsInBatch);
    if (batch.empty()) return;
    batch = lookups_still_wanted(std::move(batch));
    if (!batch.empty()) answer(desk, std::move(batch));
  }
}

void OrderFetcher::answer(Desk& desk, std::vector<Lookup> batch) {
  try {
    const auto ids = distinct_ids(batch);
    const auto orders = runtime::orders::read_orders(desk.session, ids);
    desk.outage.over();
    const auto bodies = render(orders);
    for (auto& lookup : batch) {
      const auto at = std::lower_bound(ids.begin(), ids.end(), lookup.order_id) - ids.begin();
      const auto& body = bodies[static_cast<std::size_t>(at)];
      lookup.responder.send(body ? order_found(*body, lookup.if_none_match) : unknown_order());
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (orders[i] && orders[i]->settled) on_settled_(ids[i], *bodies[i]);
    }
  } catch (const runtime::postgres::Unavailable& trouble) {
    desk.outage.met(trouble.what());
    for (auto& lookup : batch) lookup.responder.send(database_away());
  } catch (const std::exception& fault) {
    runtime::log::error("reading orders failed", {{"error", fault.what()}, {"requests", batch.size()}});
    for (auto& lookup : batch) lookup.responder.send(internal_fault());
  }
}

}  // namespace esteira::api
