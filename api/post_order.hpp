#pragma once
#include <cstddef>
#include <string>
#include <utility>

#include "api/order_parser.hpp"
#include "api/order_writer.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/config/workflows.hpp"
#include "runtime/http/router.hpp"

namespace esteira::api {

/// Handles POST /orders: checks the request and submits its order to the writer. Thread-safe.
class PostOrder {
 public:
  struct Options {
    std::size_t max_items = runtime::default_size("ESTEIRA_MAX_ITEMS");
    runtime::Workflows workflows;
    std::string exchange;
  };

  /// `writer` must outlive this object and its copies.
  PostOrder(Options options, OrderWriter& writer) : options_(std::move(options)), writer_(writer) {}

  void operator()(const runtime::http::Request& request, const runtime::http::Router::Parameters& parameters,
                  runtime::http::Responder responder) const;

 private:
  [[nodiscard]] runtime::orders::NewOrder new_order(OrderRequest wanted, std::string key,
                                                    const runtime::http::Request& request) const;

  Options options_;
  OrderWriter& writer_;
};

}  // namespace esteira::api
