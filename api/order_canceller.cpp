#include "api/order_canceller.hpp"

#include <memory>

#include "api/responses.hpp"
#include "runtime/orders/store/cancellation.hpp"

namespace esteira::api {

namespace {

using runtime::orders::CancelAnswer;
using Cancellation = OrderCanceller::Cancellation;

DbWorkerPoolOptions canceller_options(const OrderCanceller::Options& options) {
  DbWorkerPoolOptions pool;
  pool.database_url = options.database_url;
  pool.name = "esteira-api canceller";
  pool.prepare = runtime::orders::prepare_cancellation;
  pool.threads = 1;
  pool.max_queued = options.max_queued;
  pool.outage = std::make_shared<runtime::Outage>("orders cannot be cancelled", "orders can be cancelled again");
  return pool;
}

runtime::http::Response response_to(const Cancellation& cancellation, const CancelAnswer& answer) {
  switch (answer.status) {
    case CancelAnswer::Status::accepted:
      return cancellation_accepted(cancellation.order_id, answer.order_status);
    case CancelAnswer::Status::refused:
      return cancellation_refused(answer.order_status);
    case CancelAnswer::Status::unknown_order:
      break;
  }
  return unknown_order();
}

void cancel_orders(runtime::postgres::Session& session, std::vector<Cancellation>& batch) {
  std::vector<runtime::orders::CancelRequest> requests;
  requests.reserve(batch.size());
  for (const auto& cancellation : batch) requests.push_back({cancellation.order_id, cancellation.owner});
  const auto answers = runtime::orders::request_cancellations(session, requests);
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].responder.send(response_to(batch[i], answers[i]));
}

}  // namespace

OrderCanceller::OrderCanceller(const Options& options) : pool_(canceller_options(options), cancel_orders) {}

}  // namespace esteira::api
