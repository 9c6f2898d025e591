#pragma once
#include <functional>
#include <utility>

#include "api/order_reader.hpp"
#include "runtime/http/router.hpp"

namespace esteira::api {

/// Handles GET /orders/{id}: checks the id and passes the lookup to `look_up`. Thread-safe.
class GetOrder {
 public:
  using LookUp = std::function<void(OrderReader::Lookup&&)>;

  explicit GetOrder(LookUp look_up) : look_up_(std::move(look_up)) {}

  void operator()(const runtime::http::Request& request, const runtime::http::Router::Parameters& parameters,
                  runtime::http::Responder responder) const;

 private:
  LookUp look_up_;
};

}  // namespace esteira::api
