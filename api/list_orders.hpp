#pragma once
#include "api/order_lister.hpp"
#include "runtime/http/router.hpp"

namespace esteira::api {

/// Handles GET /orders: checks the query and passes it to the lister. Thread-safe.
class ListOrders {
 public:
  /// With `isolates_clients` a client finds only its own orders. The lister must outlive this object.
  ListOrders(bool isolates_clients, OrderLister& lister) : isolates_clients_(isolates_clients), lister_(lister) {}

  void operator()(const runtime::http::Request& request, const runtime::http::Router::Parameters& parameters,
                  runtime::http::Responder responder) const;

 private:
  bool isolates_clients_;
  OrderLister& lister_;
};

}  // namespace esteira::api
