#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace esteira::bench {

/// Builds the HTTP requests of the load.
class RequestBuilder {
 public:
  /// `run` is part of the idempotency keys, so that they differ from those of other runs. `workflow` is that of the
  /// orders, which then have prices; empty: they name none and have none.
  RequestBuilder(std::string token, std::string run, std::string workflow = "")
      : token_(std::move(token)), run_(std::move(run)), workflow_(std::move(workflow)) {}

  /// POST /orders with two items and a unique key.
  [[nodiscard]] std::string post_order(std::size_t number) const;
  /// GET /orders/{id}.
  [[nodiscard]] std::string get_order(std::string_view order_id) const;

 private:
  const std::string token_;
  const std::string run_;
  const std::string workflow_;
};

/// The order id in the response to a POST; empty when there is none.
std::string parse_order_id(std::string_view body);

}  // namespace esteira::bench
