#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace esteira::bench {

/// The bytes of the requests that a load is made of.
class Requests {
 public:
  /// `run` makes the idempotency keys differ from those of other runs.
  Requests(std::string token, std::string run) : token_(std::move(token)), run_(std::move(run)) {}

  /// POST /orders: two items, a key of its own.
  [[nodiscard]] std::string place(std::size_t number) const;
  /// GET /orders/{id}.
  [[nodiscard]] std::string show(std::string_view order_id) const;

 private:
  const std::string token_;
  const std::string run_;
};

/// The order id in the answer to a POST; empty when there is none.
std::string order_id_in(std::string_view body);

}  // namespace esteira::bench
