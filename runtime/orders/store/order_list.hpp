#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/orders/store/order_page.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::runtime::orders {

/// OrderFilter::status is not the name of a status.
class UnknownStatus : public std::runtime_error {
 public:
  explicit UnknownStatus(std::vector<std::string> known)
      : std::runtime_error("there is no such status"), known_(std::move(known)) {}
  /// All statuses, in the order in which they follow each other.
  [[nodiscard]] const std::vector<std::string>& known() const { return known_; }

 private:
  std::vector<std::string> known_;
};

/// A page reads at most this many orders, so that it costs little when hardly any of them matches.
inline constexpr std::size_t kMaxOrdersRead = 10'000;

/// Prepares the statements of this header on a connection.
void prepare_order_list(pqxx::connection& connection);

/// The orders that match `filter`, newest first, beginning behind the order `after` (a UUID; empty: with the newest
/// one): at most `limit` of them, fewer at the end of the list and when kMaxOrdersRead orders were read. `limit` is
/// less than kMaxOrdersRead. They are sorted by id, which begins with the time at which the API took the order; it may
/// differ from created_at, which is PostgreSQL's time, by moments.
/// A list that is read page by page has each order once that was stored before its first page was read, whatever is
/// stored or changed meanwhile. Throws UnknownStatus, and as Session::read does.
OrderPage list_orders(postgres::Session& session, const OrderFilter& filter, const std::string& after,
                      std::size_t limit);

}  // namespace esteira::runtime::orders
