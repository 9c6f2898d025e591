#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/http/message.hpp"
#include "runtime/orders/store/order_page.hpp"

namespace esteira::api {

/// The query of GET /orders.
struct ListQuery {
  runtime::orders::OrderFilter filter;  ///< without the client
  std::string after;                    ///< the order behind which the page begins, a UUID; empty: with the newest
  std::size_t limit = 20;
};

inline constexpr std::size_t kMaxListLimit = 100;

/// Parses customer_id, status, workflow, created_after, limit and cursor, all of them optional: percent-encoded UTF-8
/// in which '+' is a space. Each violation names its parameter. Unknown parameters, parameters that are there twice and
/// empty values are violations. Whether there is such a status, the database knows.
std::variant<ListQuery, std::vector<runtime::http::Violation>> parse_list_query(std::string_view query);

/// The query for the page behind the order `next`: that of `list` with another cursor.
std::string next_page_query(const ListQuery& list, std::string_view next);

/// The place behind this order, as clients get it: text of [0-9a-f] without a meaning for them.
std::string to_cursor(std::string_view order_id);

}  // namespace esteira::api
