#include "api/order_writer.hpp"

#include <algorithm>
#include <utility>

#include "api/responses.hpp"
#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/logging/trace.hpp"

namespace esteira::api {

namespace log = runtime::log;
using runtime::orders::NewOrder;
using runtime::orders::StoreResult;
using runtime::postgres::Session;
using Clock = std::chrono::steady_clock;
using Status = StoreResult::Status;

namespace {

constexpr std::size_t kMaxOrdersInBatch = 256;
/// Below the server's answer timeout: whoever waited longer is told so rather than served in vain.
constexpr std::chrono::seconds kSubmissionPatience{20};
constexpr std::chrono::seconds kDoubtPatience{8};

/// Answers 503 to what has waited too long and leaves the rest.
std::vector<OrderWriter::Submission> drop_expired(std::vector<OrderWriter::Submission> batch) {
  std::vector<OrderWriter::Submission> wanted;
  wanted.reserve(batch.size());
  const auto oldest = Clock::now() - kSubmissionPatience;
  for (auto& submission : batch) {
    if (submission.received < oldest) {
      submission.responder.send(overloaded());
    } else {
      wanted.push_back(std::move(submission));
    }
  }
  return wanted;
}

void log_accepted(const NewOrder& order, const std::string& request_id) {
  log::info("order accepted", {{"order_id", order.order.order_id},
                               {"trace_id", runtime::trace_id_of(order.order.traceparent)},
                               {"request_id", request_id}});
}

}  // namespace

OrderWriter::OrderWriter(Options options, OutboxRelay& relay, runtime::Metrics& metrics)
    : options_(std::move(options)),
      relay_(relay),
      accepted_(metrics.counter("esteira_orders_accepted_total", "Orders committed.")),
      replayed_(
          metrics.counter("esteira_orders_replayed_total", "Requests answered with an earlier order of their key.")),
      commit_metrics_(metrics, "orders") {
  for (std::size_t i = 0; i < options_.sessions; ++i) {
    workers_.push_back(std::make_unique<DbWorker>(options_.database_url, "esteira-api writer",
                                                  runtime::orders::prepare_order_store, "orders cannot be stored",
                                                  "orders can be stored again"));
  }
}

OrderWriter::~OrderWriter() { stop(); }

void OrderWriter::start() {
  for (auto& worker : workers_) threads_.emplace_back([this, &worker] { run(*worker); });
}

void OrderWriter::submit(Submission submission) {
  if (is_full()) return submission.responder.send(overloaded());
  queue_.push(std::move(submission));
}

void OrderWriter::stop() {
  queue_.close();
  stopping_.set();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void OrderWriter::run(DbWorker& worker) {
  for (;;) {
    auto batch = queue_.pop(kMaxOrdersInBatch);
    if (batch.empty()) return;
    batch = drop_expired(std::move(batch));
    if (!batch.empty()) store(worker, std::move(batch));
  }
}

void OrderWriter::store(DbWorker& worker, Batch batch) {
  std::vector<NewOrder> orders;
  orders.reserve(batch.size());
  for (auto& submission : batch) orders.push_back(std::move(submission.order));
  try {
    const auto stored = commit(worker.session, orders);
    worker.outage.recovered();
    settle(batch, orders, stored);
  } catch (const runtime::postgres::Unavailable& error) {
    worker.outage.failed(error.what());
    for (auto& submission : batch) submission.responder.send(database_away());
  } catch (const std::exception& fault) {
    log::error("storing orders failed", {{"error", fault.what()}, {"orders", batch.size()}});
    if (batch.size() == 1) return batch.front().responder.send(internal_fault());
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i].order = std::move(orders[i]);
    store_one_by_one(worker, std::move(batch));
  }
}

void OrderWriter::store_one_by_one(DbWorker& worker, Batch batch) {
  for (auto& submission : batch) {
    Batch single;
    single.push_back(std::move(submission));
    store(worker, std::move(single));
  }
}

std::vector<StoreResult> OrderWriter::commit(Session& session, const std::vector<NewOrder>& orders) {
  const auto began = Clock::now();
  runtime::Backoff backoff(std::chrono::milliseconds(100), std::chrono::milliseconds(1000));
  bool in_doubt = false;
  for (;;) {
    try {
      auto stored = runtime::orders::store_orders(session, orders);
      commit_metrics_.observe(began, orders.size());
      return stored;
    } catch (const runtime::postgres::Unavailable& error) {
      // Once in doubt, the same work is done again: it answers what happened, and does it if it did not.
      in_doubt = in_doubt || dynamic_cast<const runtime::postgres::InDoubt*>(&error) != nullptr;
      if (!in_doubt || Clock::now() - began > kDoubtPatience || stopping_.wait_for(backoff.next())) throw;
    }
  }
}

void OrderWriter::settle(Batch& batch, std::vector<NewOrder>& orders, const std::vector<StoreResult>& stored) {
  const auto count = [&stored](Status status) {
    return static_cast<double>(
        std::count_if(stored.begin(), stored.end(), [status](const StoreResult& one) { return one.status == status; }));
  };
  accepted_.Increment(count(Status::created));
  replayed_.Increment(count(Status::replayed));
  runtime::crash_point("stored");
  std::vector<runtime::orders::OutboxEvent> events;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& [status, order_id] = stored[i];
    const bool conflict = status == Status::conflict;
    batch[i].responder.send(conflict ? key_conflict() : accepted(order_id, status == Status::replayed));
    if (status == Status::created) events.push_back(std::move(orders[i].event));
  }
  runtime::crash_point("answered");
  relay_.publish(std::move(events));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (stored[i].status == Status::created) log_accepted(orders[i], batch[i].request_id);
  }
}

}  // namespace esteira::api
