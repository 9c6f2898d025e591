#include "api/order_writer.hpp"

#include <algorithm>
#include <utility>

#include "api/responses.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/logging/trace.hpp"

namespace esteira::api {

using runtime::orders::NewOrder;
using runtime::orders::StoreResult;
using runtime::postgres::Session;
using Clock = std::chrono::steady_clock;
using Status = StoreResult::Status;

namespace {

constexpr std::size_t kMaxOrdersInBatch = 256;
/// How long a commit in doubt is repeated.
constexpr std::chrono::seconds kInDoubtTimeout{8};

DbWorkerPoolOptions pool_options(const OrderWriter::Options& options, const CircuitBreaker& breaker) {
  DbWorkerPoolOptions pool;
  pool.database_url = options.database_url;
  pool.name = "esteira-api writer";
  pool.prepare = runtime::orders::prepare_order_store;
  pool.threads = options.sessions;
  pool.max_queued = options.max_queued;
  pool.max_batch = kMaxOrdersInBatch;
  pool.outage = breaker.outage();
  return pool;
}

void log_accepted(const NewOrder& order, const std::string& request_id) {
  runtime::log::info("an order was accepted", {{"order_id", order.order.order_id},
                                               {"client", order.client},
                                               {"trace_id", runtime::trace_id_of(order.order.traceparent)},
                                               {"request_id", request_id}});
}

}  // namespace

OrderWriter::OrderWriter(const Options& options, const CircuitBreaker& breaker, OnRefused on_refused,
                         OutboxRelay& relay, runtime::Metrics& metrics)
    : breaker_(breaker),
      on_refused_(std::move(on_refused)),
      relay_(relay),
      metrics_(metrics),
      commit_metrics_(metrics, "orders"),
      pool_(pool_options(options, breaker), [this](auto& session, auto& batch) { store(session, batch); }) {
  add_clients(options.clients);
}

void OrderWriter::add_clients(const std::vector<std::string>& clients) {
  const std::lock_guard lock(counters_mutex_);
  for (const auto& client : clients) counters_.try_emplace(client, metrics_, client);
}

OrderWriter::ClientCounters::ClientCounters(runtime::Metrics& metrics, const std::string& client)
    : accepted(metrics.counter("esteira_orders_accepted_total", "Orders committed.", {{"client", client}})),
      replayed(metrics.counter("esteira_orders_replayed_total",
                               "Requests with a known idempotency key, answered with the order stored earlier.",
                               {{"client", client}})) {}

void OrderWriter::count(const NewOrder& order, Status status) {
  const std::lock_guard lock(counters_mutex_);
  const auto counters = counters_.find(order.client);
  if (counters == counters_.end()) return;
  if (status == Status::created) counters->second.accepted.Increment();
  if (status == Status::replayed) counters->second.replayed.Increment();
}

void OrderWriter::stop() {
  stopping_.set();
  pool_.stop();
}

void OrderWriter::store(Session& session, Batch& batch) {
  if (breaker_.is_open()) return refuse(batch);
  std::vector<NewOrder> orders;
  orders.reserve(batch.size());
  for (auto& submission : batch) orders.push_back(std::move(submission.order));
  try {
    const auto results = commit(session, orders);
    respond_and_publish(batch, orders, results);
  } catch (...) {
    // The pool may process the submissions again, one by one.
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i].order = std::move(orders[i]);
    throw;
  }
}

void OrderWriter::refuse(Batch& batch) {
  for (auto& submission : batch) submission.responder.send(database_unavailable());
}

std::vector<StoreResult> OrderWriter::commit(Session& session, const std::vector<NewOrder>& orders) {
  const auto began = Clock::now();
  runtime::Backoff backoff(std::chrono::milliseconds(100), std::chrono::milliseconds(1000));
  bool in_doubt = false;
  for (;;) {
    try {
      auto results = runtime::orders::store_orders(session, orders);
      commit_metrics_.observe(began, orders.size());
      return results;
    } catch (const runtime::postgres::Unavailable& error) {
      if (dynamic_cast<const runtime::postgres::Refused*>(&error) != nullptr) on_refused_();
      // Repeating the idempotent statement resolves the doubt: it stores the orders, or finds them stored.
      in_doubt = in_doubt || dynamic_cast<const runtime::postgres::InDoubt*>(&error) != nullptr;
      if (!in_doubt || Clock::now() - began > kInDoubtTimeout || stopping_.wait_for(backoff.next())) throw;
    }
  }
}

void OrderWriter::respond_and_publish(Batch& batch, std::vector<NewOrder>& orders,
                                      const std::vector<StoreResult>& results) {
  for (std::size_t i = 0; i < batch.size(); ++i) count(orders[i], results[i].status);
  runtime::crash_point("stored");
  std::vector<runtime::orders::OutboxEvent> events;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& [status, order_id] = results[i];
    const bool conflict = status == Status::conflict;
    batch[i].responder.send(conflict ? key_conflict() : accepted(order_id, status == Status::replayed));
    if (status == Status::created) events.push_back(std::move(orders[i].event));
  }
  runtime::crash_point("answered");
  relay_.publish(std::move(events));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (results[i].status == Status::created) log_accepted(orders[i], batch[i].request_id);
  }
}

}  // namespace esteira::api
