#pragma once
#include <functional>
#include <utility>

#include "api/order_reader.hpp"
#include "runtime/http/router.hpp"

namespace esteira::api {

/// Handles GET /orders/{id}: checks the id and `wait`, and passes the lookup to `look_up`. Thread-safe.
class GetOrder {
 public:
  using LookUp = std::function<void(OrderReader::Lookup&&)>;

  /// With `isolates_clients` a client finds only its own orders.
  GetOrder(bool isolates_clients, LookUp look_up) : isolates_clients_(isolates_clients), look_up_(std::move(look_up)) {}

  void operator()(const runtime::http::Request& request, const runtime::http::Router::Parameters& parameters,
                  runtime::http::Responder responder) const;

 private:
  bool isolates_clients_;
  LookUp look_up_;
};

}  // namespace esteira::api
