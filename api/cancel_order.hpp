#pragma once
#include <functional>
#include <utility>

#include "api/order_canceller.hpp"
#include "runtime/http/router.hpp"

namespace esteira::api {

/// Handles POST /orders/{id}/cancel: checks the id and passes the request to `cancel`. A body is not needed, and
/// ignored. Thread-safe.
class CancelOrder {
 public:
  using Cancel = std::function<void(OrderCanceller::Cancellation&&)>;

  /// With `isolates_clients` a client cancels only its own orders.
  CancelOrder(bool isolates_clients, Cancel cancel) : isolates_clients_(isolates_clients), cancel_(std::move(cancel)) {}

  void operator()(const runtime::http::Request& request, const runtime::http::Router::Parameters& parameters,
                  runtime::http::Responder responder) const;

 private:
  bool isolates_clients_;
  Cancel cancel_;
};

}  // namespace esteira::api
